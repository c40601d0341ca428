import type { ChangeView, Edit, EditView } from '@/api/types'

/**
 * What the person wants the draft to hold, per project, until it is saved. Saves run one after the other and each
 * sends the newest wish, so a drag makes two requests and not two hundred.
 */
export const wishes = new Map<string, Edit[]>()

/** What the server has of a draft, with what is still being saved on top: it must not show what was. */
export function asWished(project: string, draft: ChangeView | null): ChangeView | null {
  const wish = wishes.get(project)
  return wish ? optimistic(draft, wish) : draft
}

const notYet = { allowed: false, why: 'It is still being saved.' }
const nothingYet: ChangeView['review']['may'] = {
  submit: notYet,
  withdraw: notYet,
  approve: notYet,
  reject: notYet,
  apply: notYet,
  breakGlass: notYet,
}

/** The draft as it will be; sentences stay where the edit is the same and are missing where it is new. */
export function optimistic(old: ChangeView | null, edits: Edit[]): ChangeView | null {
  if (edits.length === 0) return old && { ...old, edits, check: { ...old.check, edits: [], problems: [] } }
  const views = edits.map((edit) => {
    const place = old?.edits.findIndex((each) => JSON.stringify(each) === JSON.stringify(edit)) ?? -1
    return place < 0 ? undefined : old?.check.edits[place]
  })
  const at = new Date().toISOString()
  const base: ChangeView = old ?? {
    number: 0,
    title: '',
    reason: '',
    author: '',
    authorName: '',
    state: 'draft',
    version: 0,
    base: 0,
    createdAt: at,
    updatedAt: at,
    edits: [],
    check: { head: 0, ok: true, problems: [], edits: [], environments: [], guardrails: [] },
    links: [],
    after: [],
    followers: [],
    difference: null,
    review: { requirements: [], reviews: [], reviewers: [], may: nothingYet },
    comments: 0,
  }
  return { ...base, edits, check: { ...base.check, problems: [], edits: views as EditView[] } }
}
