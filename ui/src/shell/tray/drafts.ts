import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { draftQuery, key } from '@/api/queries'
import type { ChangeView, Edit, RevisionView } from '@/api/types'
import { chooseDraft } from '@/chosenDraft'
import { useScope } from '@/scope'
import { showReceipt } from './receipts'

export interface ApplyInput {
  title?: string
  reason?: string
}

/** Works on another draft from now on; on none of them for 0. */
export function useOpenDraft() {
  const { project } = useScope()
  const client = useQueryClient()
  return async (number: number) => {
    chooseDraft(project.key, number)
    await client.invalidateQueries({ queryKey: draftQuery(project.key).queryKey })
  }
}

/** Applies the draft; what arrived is then shown by the receipt. */
export function useApply() {
  const { project, environment } = useScope()
  const client = useQueryClient()
  return useMutation({
    scope: { id: `tray:${project.key}` },
    mutationFn: (input: ApplyInput) => {
      const draft = client.getQueryData(draftQuery(project.key).queryKey)
      if (!draft?.number) throw new Error('There is no change to apply.')
      return api<RevisionView>('POST', path`/projects/${project.key}/changes/${draft.number}/apply`, {
        body: input,
      })
    },
    onSuccess: (revision) => {
      chooseDraft(project.key, 0)
      client.setQueryData(draftQuery(project.key).queryKey, null)
      showReceipt({ project: project.key, environment: environment.key, revision })
      void client.invalidateQueries({ queryKey: ['p', project.key] })
    },
  })
}

/** Sends the draft to those who must agree; it leaves the tray and stands in Changes. */
export function useSubmit() {
  const { project } = useScope()
  const client = useQueryClient()
  return useMutation({
    scope: { id: `tray:${project.key}` },
    mutationFn: (input: { title: string; reason: string; reviewers: string[] }) => {
      const draft = client.getQueryData(draftQuery(project.key).queryKey)
      if (!draft?.number) throw new Error('There is no change to send.')
      return api<ChangeView>('POST', path`/projects/${project.key}/changes/${draft.number}/submit`, {
        body: input,
      })
    },
    onSuccess: () => {
      chooseDraft(project.key, 0)
      client.setQueryData(draftQuery(project.key).queryKey, null)
      void client.invalidateQueries({ queryKey: key(project.key, 'changes') })
    },
  })
}

/** Does the draft wait for others, so that sending it is its next step? */
export const mustAsk = (draft: ChangeView | null): boolean =>
  !!draft && draft.review.requirements.some((each) => each.have < each.approvals)

export interface NowInput extends ApplyInput {
  edits: Edit[]
  /** Applied; or sent to those who must agree; or applied without them. */
  how: 'apply' | 'ask' | 'breakGlass'
}

/** A few edits at once, as a change of their own, so that what waits in the tray is left alone. For kill switches. */
export function useApplyNow() {
  const { project, environment } = useScope()
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ edits, how, ...words }: NowInput): Promise<RevisionView | ChangeView> => {
      const draft = await api<ChangeView>('POST', path`/projects/${project.key}/changes`, {
        body: { ...words, edits },
      })
      const own = path`/projects/${project.key}/changes/${draft.number}`
      try {
        if (how === 'ask') return await api<ChangeView>('POST', `${own}/submit`, { body: words })
        const glass = how === 'breakGlass' ? { breakGlass: { reason: words.reason ?? '' } } : {}
        return await api<RevisionView>('POST', `${own}/apply`, { body: { ...words, ...glass } })
      } catch (error) {
        await api('DELETE', own).catch(() => undefined)
        throw error
      }
    },
    onSuccess: (answer) => {
      if (!isChange(answer))
        showReceipt({ project: project.key, environment: environment.key, revision: answer })
    },
    onSettled: () => void client.invalidateQueries({ queryKey: ['p', project.key] }),
  })
}

/** Where others must agree, the server answers with a change in review in the place of a revision. */
export const isChange = (answer: RevisionView | ChangeView): answer is ChangeView => 'state' in answer
