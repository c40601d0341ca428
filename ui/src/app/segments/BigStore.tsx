import { useQuery } from '@tanstack/react-query'
import type { BigSegmentView, StoreView } from '@/api/types'
import { useScope } from '@/scope'
import { State, type StateKind } from '@/ui/State'
import { ago, count, number, when } from '@/ui/time'
import { bigSegmentsQuery } from './queries'

const kinds: Record<StoreView['state'], StateKind> = {
  connecting: 'waiting',
  inStep: 'done',
  writing: 'waiting',
  failing: 'warn',
}

const states: Record<StoreView['state'], string> = {
  connecting: 'not reached yet',
  inStep: 'is in step',
  writing: 'is being written',
  failing: 'is not in step',
}

/** What server-side SDKs are told of a big list: how it stands in the Redis where they look its keys up. */
export function BigStore({ segment, hash }: { segment: string; hash: string }) {
  const { project, environment } = useScope()
  const { data } = useQuery(bigSegmentsQuery(project.key, environment.key))
  const found = data?.segments.find((each) => each.key === segment)
  return (
    <>
      {found && found.erased > 0 && (
        <p className="s t2">
          {count(found.erased, 'key was', 'keys were')} erased from it since it was uploaded; it keeps its
          name.
        </p>
      )}
      <p className="s t2">
        Server-side SDKs without a big segment store take nobody to be in by key.
        {data && !data.store && ' This server keeps no Redis in step: start it with --big-segments-redis.'}
      </p>
      {data?.store && <Standing store={data.store} found={found} isApplied={found?.list.hash === hash} />}
    </>
  )
}

/** The same in a word, where it is not as it should be: what is folded away must not hide that. */
export function BigStoreMark({ segment }: { segment: string }) {
  const { project, environment } = useScope()
  const { data } = useQuery(bigSegmentsQuery(project.key, environment.key))
  const store = data?.store
  if (!store || store.state === 'inStep' || !data.segments.some((each) => each.key === segment)) return null
  return <State kind={kinds[store.state]}>Redis {states[store.state]}</State>
}

const sentence = (text: string) =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`

function Standing({
  store,
  found,
  isApplied,
}: {
  store: StoreView
  found: BigSegmentView | undefined
  isApplied: boolean
}) {
  const { inStepAt, failingSince, failed } = store
  const own = found?.store
  const left = [
    own?.toAdd ? `${number(own.toAdd)} to add` : '',
    own?.toRemove ? `${number(own.toRemove)} to remove` : '',
  ].filter(Boolean)
  return (
    <div className="big-store stack tight" role="status" aria-label="In Redis">
      <p className="row wrap">
        <State kind={kinds[store.state]}>Redis {states[store.state]}</State>
        <span className="s t2">
          {inStepAt ? `all was there ${ago(inStepAt)}` : 'not in step since the server began'}
        </span>
      </p>
      {failed && (
        <p className="s">
          {sentence(failed.why)} {sentence(failed.hint)}{' '}
          <span className="t2">Tried every 5 s{failingSince && `, since ${when(failingSince)}`}.</span>
        </p>
      )}
      {own && (
        <p className="s t2">
          {own.words}
          {left.length > 0 && ` Keys: ${left.join(', ')}.`}
        </p>
      )}
      {!isApplied && <p className="s t2">Redis follows when the change is applied.</p>}
      <p className="s t2">
        SDKs: <code>{store.address}</code>, prefix <code>{store.prefix}</code>
      </p>
    </div>
  )
}
