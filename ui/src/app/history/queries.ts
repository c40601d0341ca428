import { useMutation, useQuery } from '@tanstack/react-query'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { Check, RevisionView } from '@/api/types'
import { useScope } from '@/scope'
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

export function useGoBack(how: Back, number: number, onDone: (revision: RevisionView) => void) {
  const scope = useScope()
  return useMutation({
    mutationFn: ({ reason, environment }: { reason: string; environment?: string | undefined }) =>
      api<RevisionView>('POST', path`/projects/${scope.project.key}/revisions/${number}/${how}`, {
        body: { dryRun: false, ...(reason ? { reason } : {}), ...(environment ? { environment } : {}) },
      }),
    onSuccess: (revision) => {
      showReceipt({ project: scope.project.key, environment: scope.environment.key, revision })
      onDone(revision)
    },
  })
}
