import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { ChangeView, Check, RevisionView } from '@/api/types'
import { useScope } from '@/scope'
import { isChange } from '@/shell/tray/drafts'
import { showReceipt } from '@/shell/tray/receipts'

export type Back = 'revert' | 'restore'

/** What a revert or a restore would do now; a conflict comes as an error (409). */
export function useDryRun(how: Back, number: number, environment?: string) {
  const { project } = useScope()
  return useQuery({
    queryKey: key(project.key, 'revisions', 'dry', how, number, environment, project.head),
    queryFn: ({ signal }) =>
      api<Check>('POST', path`/projects/${project.key}/revisions/${number}/${how}`, {
        body: { dryRun: true, ...(environment ? { environment } : {}) },
        signal,
      }),
    retry: false,
  })
}

export interface BackInput {
  reason: string
  environment?: string | undefined
  /** Without the approvals that are missing. */
  breakGlass?: boolean
}

/** Reverts or restores; where others must agree it becomes a change in review instead. */
export function useGoBack(how: Back, number: number, onDone: (answer: RevisionView | ChangeView) => void) {
  const scope = useScope()
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ reason, environment, breakGlass }: BackInput) =>
      api<RevisionView | ChangeView>(
        'POST',
        path`/projects/${scope.project.key}/revisions/${number}/${how}`,
        {
          body: {
            dryRun: false,
            ...(reason ? { reason } : {}),
            ...(environment ? { environment } : {}),
            ...(breakGlass ? { breakGlass: { reason } } : {}),
          },
        },
      ),
    onSuccess: (answer) => {
      if (isChange(answer)) void client.invalidateQueries({ queryKey: key(scope.project.key, 'changes') })
      else showReceipt({ project: scope.project.key, environment: scope.environment.key, revision: answer })
      onDone(answer)
    },
  })
}
