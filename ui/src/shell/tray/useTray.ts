import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { api, path } from '@/api/client'
import { isProblem } from '@/api/problem'
import { draftQuery } from '@/api/queries'
import type { ChangeView, Edit, EditView } from '@/api/types'
import { asOf } from '@/asOf'
import { chooseDraft } from '@/chosenDraft'
import { useScope } from '@/scope'
import { mergeEdit, sameEdit, withoutEdit } from './merge'

export interface Tray {
  draft: ChangeView | null
  edits: Edit[]
  /** One for each edit, in order; undefined until the server has said it. */
  views: (EditView | undefined)[]
  saving: boolean
  error: unknown
  addEdit: (edit: Edit) => void
  removeEdit: (edit: Edit) => void
  setEdits: (edits: Edit[]) => void
  discard: () => void
  /** The edit of this tray at the same place as `like`, if any: for "25 % in your change". */
  find: (like: Edit) => Edit | undefined
}

// What the person wants the draft to hold, per project, while a save is under way. Saves run one
// after the other and each sends the newest wish, so a drag makes two requests and not two hundred.
const wishes = new Map<string, Edit[]>()

/** The member's own draft. Only drafts are optimistic: everything else waits for the server. */
export function useTray(): Tray {
  const { project } = useScope()
  const client = useQueryClient()
  const { data: draft = null } = useQuery(draftQuery(project.key))
  const save = useMutation({
    scope: { id: `tray:${project.key}` },
    mutationFn: () => saveWish(client, project.key),
    onError: () => {
      wishes.delete(project.key)
      void client.invalidateQueries({ queryKey: draftQuery(project.key).queryKey })
    },
  })

  const edits = draft?.edits ?? []
  const setEdits = useCallback(
    (next: Edit[]) => {
      // What was can't be edited; controls say so before it comes to this.
      if (asOf() !== undefined) return
      wishes.set(project.key, next)
      void client.cancelQueries({ queryKey: draftQuery(project.key).queryKey })
      client.setQueryData(draftQuery(project.key).queryKey, (old) => optimistic(old ?? null, next))
      save.mutate()
    },
    [client, project.key, save.mutate],
  )
  const now = () => client.getQueryData(draftQuery(project.key).queryKey)?.edits ?? []

  return {
    draft,
    edits,
    views: edits.map((_, i) => draft?.check.edits[i]),
    saving: save.isPending,
    error: save.error,
    addEdit: (edit) => setEdits(mergeEdit(now(), edit)),
    removeEdit: (edit) => setEdits(withoutEdit(now(), edit)),
    setEdits,
    discard: () => setEdits([]),
    find: (like) => edits.find((edit) => sameEdit(edit, like)),
  }
}

async function saveWish(client: QueryClient, project: string): Promise<void> {
  const wish = wishes.get(project)
  if (!wish) return
  wishes.delete(project)
  const queryKey = draftQuery(project).queryKey
  const shown = client.getQueryData(queryKey)
  const saved = await put(project, shown ?? null, wish).catch(async (error: unknown) => {
    if (!isProblem(error, 412)) throw error
    // Another window saved in between: what is wanted here is put on top of it.
    const fresh = await client.fetchQuery({ ...draftQuery(project), staleTime: 0 })
    return put(project, fresh, wish)
  })
  const newer = wishes.get(project)
  client.setQueryData(queryKey, newer ? optimistic(saved, newer) : saved)
}

async function put(project: string, draft: ChangeView | null, edits: Edit[]): Promise<ChangeView | null> {
  const known = draft && draft.number > 0 ? draft : null
  if (edits.length === 0) {
    if (known) await api('DELETE', path`/projects/${project}/changes/${known.number}`)
    chooseDraft(project, 0)
    return null
  }
  if (!known) {
    const made = await api<ChangeView>('POST', path`/projects/${project}/changes`, { body: { edits } })
    chooseDraft(project, made.number)
    return made
  }
  const { title, reason, version } = known
  return api('PUT', path`/projects/${project}/changes/${known.number}`, {
    version,
    body: { title, reason, edits },
  })
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
function optimistic(old: ChangeView | null, edits: Edit[]): ChangeView | null {
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
