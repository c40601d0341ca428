import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useScope } from '@/scope'
import { Button, IconButton } from '@/ui/Button'
import { Select } from '@/ui/Field'
import { State } from '@/ui/State'
import { count } from '@/ui/time'
import { valuesText, valueText } from './clauses'
import { individuals } from './draft'
import { flagNamesQuery } from './queries'
import { isDivided } from './rollout'
import { TokenField } from './TokenField'
import type { FlagDraft } from './useFlagDraft'
import type { Vocabulary } from './useVocabulary'
import { VariationName } from './words'

interface Props {
  draft: FlagDraft
  vocabulary: Vocabulary
}

/** People and others who get a variation by their key, before any rule is asked. */
export function Individuals({
  draft,
  vocabulary,
  adding,
  onDone,
}: Props & { adding: boolean; onDone: () => void }) {
  const [open, setOpen] = useState<string>()
  const list = individuals(draft.targeting)
  const live = individuals(draft.live)
  const id = (each: { contextKind: string; variation: number }) => `${each.contextKind}:${each.variation}`
  const gone = live.filter((each) => !list.some((now) => id(now) === id(each)))
  return (
    <>
      {[...list, ...gone.map((each) => ({ ...each, values: [] as string[] }))].map((each) => {
        const op = { type: 'setTargets' as const, ...each }
        const edited = draft.has('setTargets', `targets:${id(each)}`)
        const opened = open === id(each)
        return (
          <div key={id(each)} className={`rule fixed${edited ? ' edited' : ''}`}>
            <span className="no" />
            <span className="cond">
              <span className="tok">
                {each.contextKind} is {each.values.length ? valuesText(each.values, 3) : 'nobody any more'}
              </span>{' '}
              {edited && <State kind="edited">edited</State>}
            </span>
            <VariationName
              flag={draft.flag}
              index={each.variation}
              canary={isDivided(draft.flag, draft.targeting)}
            />
            <span className="s t3 r num served">{count(each.values.length, 'key')}</span>
            <span className="acts">
              {edited && <IconButton icon="undo" label="Take back" onClick={() => draft.drop(op)} />}
              <Button
                small
                look="quiet"
                refused={draft.refuses('targets')}
                onClick={() => setOpen(opened ? undefined : id(each))}
              >
                {opened ? 'Close' : 'Edit'}
              </Button>
            </span>
            {opened && (
              <div className="below">
                <TokenField
                  label={`Keys of ${each.contextKind}`}
                  type="text"
                  values={each.values}
                  placeholder="Key, Enter"
                  onChange={(values) => draft.set({ ...op, values: values.map(valueText) })}
                />
              </div>
            )}
          </div>
        )
      })}
      {adding && <NewIndividuals {...{ draft, vocabulary, onDone }} />}
    </>
  )
}

function NewIndividuals({ draft, vocabulary, onDone }: Props & { onDone: () => void }) {
  const [kind, setKind] = useState(vocabulary.contextKinds[0] ?? 'user')
  const [variation, setVariation] = useState(0)
  const [values, setValues] = useState<string[]>([])
  const add = () => {
    const known = individuals(draft.targeting).find(
      (each) => each.contextKind === kind && each.variation === variation,
    )
    draft.set({
      type: 'setTargets',
      contextKind: kind,
      variation,
      values: [...new Set([...(known?.values ?? []), ...values])],
    })
    onDone()
  }
  return (
    <div className="editbox edited" role="group" aria-label="Individual targets">
      <div className="clause">
        <span className="and">key of</span>
        <Select label="Context kind" hideLabel value={kind} onChange={(event) => setKind(event.target.value)}>
          {vocabulary.contextKinds.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </Select>
        <Select
          label="Variation"
          hideLabel
          value={variation}
          onChange={(event) => setVariation(Number(event.target.value))}
        >
          {draft.flag.variations.map((each, i) => (
            <option key={each.id} value={i}>
              gets {each.id}
            </option>
          ))}
        </Select>
        <div style={{ gridColumn: 'span 2' }}>
          <TokenField
            label="Keys"
            type="text"
            values={values}
            placeholder="Keys, Enter; or paste a list"
            onChange={(next) => setValues(next.map(valueText))}
          />
        </div>
      </div>
      <div className="row">
        <Button small look="edited" refused={values.length ? undefined : 'no key is given'} onClick={add}>
          Add to change
        </Button>
        <Button small look="quiet" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </div>
  )
}

/** Flags that must answer something first; else this one serves as if it were off. */
export function Prerequisites({ draft, adding, onDone }: Props & { adding: boolean; onDone: () => void }) {
  const { project, environment } = useScope()
  const list = draft.targeting.prerequisites ?? []
  const edited = draft.has('setPrerequisites')
  const { data } = useQuery({
    ...flagNamesQuery(project.key, environment.key),
    enabled: adding || list.length > 0,
  })
  const flags = data?.items.filter(({ key }) => key !== draft.flag.key) ?? []
  const set = (prerequisites: typeof list) => draft.set({ type: 'setPrerequisites', prerequisites })
  if (list.length === 0 && !edited && !adding) return null
  return (
    <div className={`rule fixed${edited ? ' edited' : ''}`}>
      <span className="no" />
      <span className="cond">
        {list.length > 0 ? 'first ' : 'no flag has to answer first'}
        {list.map((each, i) => {
          const other = flags.find(({ key }) => key === each.key)
          return (
            <span key={each.key}>
              {i > 0 && ' and '}
              <span className="tok">
                <code>{each.key}</code> gives{' '}
                <code>{other?.variations[each.variation]?.id ?? `variation ${each.variation}`}</code>
              </span>
              {!draft.refuses('prerequisites') && (
                <IconButton
                  icon="close"
                  className="inline"
                  label={`${each.key} need not answer first`}
                  onClick={() => set(list.filter((_, at) => at !== i))}
                />
              )}
            </span>
          )
        })}{' '}
        {edited && <State kind="edited">edited</State>}
      </span>
      <span className="s t3">else as if off</span>
      <span className="served" />
      <span className="acts">
        {edited && (
          <IconButton
            icon="undo"
            label="Take back"
            onClick={() => draft.drop({ type: 'setPrerequisites', prerequisites: [] })}
          />
        )}
      </span>
      {adding && (
        <div className="below">
          <Select
            label="Flag and what it has to give"
            value=""
            onChange={({ target: { value } }) => {
              const [key, variation] = JSON.parse(value) as [string, number]
              set([...list.filter((each) => each.key !== key), { key, variation }])
              onDone()
            }}
          >
            <option value="">Choose a flag and its variation</option>
            {flags.map((flag) => (
              <optgroup key={flag.key} label={flag.key}>
                {flag.variations.map((variation, i) => (
                  <option key={variation.id} value={JSON.stringify([flag.key, i])}>
                    {flag.key} gives {variation.id}
                  </option>
                ))}
              </optgroup>
            ))}
          </Select>
        </div>
      )}
    </div>
  )
}

/** What everyone gets while the flag is off. */
export function WhenOff({ draft }: { draft: FlagDraft }) {
  const edited = draft.has('setOffVariation')
  const off = draft.targeting.offVariation
  return (
    <div className={`rule fixed when-off${edited ? ' edited' : ''}`}>
      <span className="no" />
      <span className="cond">When off, everyone gets {edited && <State kind="edited">edited</State>}</span>
      <Select
        label="When off, everyone gets"
        hideLabel
        value={off ?? ''}
        disabled={!!draft.refuses('offVariation')}
        title={draft.refuses('offVariation')}
        onChange={({ target: { value } }) =>
          draft.set({ type: 'setOffVariation', variation: value === '' ? null : Number(value) })
        }
      >
        {draft.flag.variations.map((each, i) => (
          <option key={each.id} value={i}>
            {each.id}
          </option>
        ))}
        <option value="">the application’s own default</option>
      </Select>
      <span className="served" />
      <span className="acts">
        {edited && (
          <IconButton
            icon="undo"
            label="Take back"
            onClick={() => draft.drop({ type: 'setOffVariation', variation: null })}
          />
        )}
      </span>
    </div>
  )
}
