import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { api, path } from '@/api/client'
import { isProblem } from '@/api/problem'
import { draftQuery } from '@/api/queries'
import type { ChangeView, Edit, EditView } from '@/api/types'
import { asOf } from '@/asOf'
import { chooseDraft } from '@/chosenDraft'
import { useScope } from '@/scope'
import { asWished, optimistic, wishes } from '@/wishedDraft'
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
  const queryKey = draftQuery(project).queryKey
  const shown = client.getQueryData(queryKey)
  const saved = await put(project, shown ?? null, wish).catch(async (error: unknown) => {
    if (!isProblem(error, 412)) throw error
    // Another window saved in between: what is wanted here is put on top of it.
    const fresh = await client.fetchQuery({ ...draftQuery(project), staleTime: 0 })
    return put(project, fresh, wish)
  })
  if (wishes.get(project) === wish) wishes.delete(project)
  // What was asked for before it was saved would show it as it was.
  await client.cancelQueries({ queryKey })
  client.setQueryData(queryKey, asWished(project, saved))
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
