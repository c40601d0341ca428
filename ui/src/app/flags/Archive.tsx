import { useState } from 'react'
import { api, path } from '@/api/client'
import type { FlagDetail, Manifest, Page } from '@/api/types'
import { useScope } from '@/scope'
import { useTray } from '@/shell/tray/useTray'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import type { FlagDraft } from './useFlagDraft'

/** Puts a flag aside, takes it back, or away: each an edit in the change. */
export function Archive({ detail, draft }: { detail: FlagDetail; draft: FlagDraft }) {
  const { project } = useScope()
  const tray = useTray()
  const [error, setError] = useState<Error>()
  const { flag, usedBy } = detail
  const first = usedBy[0]
  const needed =
    first && `${first.kind === 'route' ? 'Route' : 'Flag'} ${first.key} needs it. Change that first.`
  const refused = draft.flagRefused
  const pending = draft.flagOps.some((op) => op.type === 'setLifecycle' && op.archived !== undefined)
  const remove = async () => {
    try {
      const targetings = await api<Page<Manifest>>('GET', path`/projects/${project.key}/resources`, {
        params: { kind: 'targeting', key: flag.key, limit: 500 },
      })
      const others = tray.edits.filter(
        ({ target }) => target.key !== flag.key || !['flag', 'targeting'].includes(target.kind),
      )
      const gone = targetings.items.map(({ environment }) => ({
        target: { kind: 'targeting' as const, environment: environment!, key: flag.key },
        op: { type: 'delete' as const },
      }))
      tray.setEdits([...others, ...gone, { target: { kind: 'flag', key: flag.key }, op: { type: 'delete' } }])
    } catch (failed) {
      setError(failed as Error)
    }
  }
  if (pending || draft.flagOps.some(({ type }) => type === 'delete')) return null
  return (
    <div className="row wrap archive">
      {flag.archived ? (
        <>
          <Button
            small
            refused={refused}
            onClick={() => draft.setFlag({ type: 'setLifecycle', archived: false })}
          >
            Take back from the archive
          </Button>
          <Button small look="quiet" refused={refused} onClick={() => void remove()}>
            Delete
          </Button>
        </>
      ) : (
        <Button
          small
          refused={refused ?? needed}
          onClick={() => draft.setFlag({ type: 'setLifecycle', archived: true })}
        >
          Archive
        </Button>
      )}
      {error && <Failure error={error} />}
    </div>
  )
}
