import { useState } from 'react'
import type { Flag, Serve } from '@/api/types'
import { IconButton } from '@/ui/Button'
import { Details } from '@/ui/Details'
import { DragBar } from '@/ui/DragBar'
import { Field, Select } from '@/ui/Field'
import { Swatch } from '@/ui/State'
import {
  parseShare,
  setShare,
  sharesOf,
  shareText,
  toRollout,
  variationTone,
  withoutShare,
  withWeights,
} from './rollout'

interface Props {
  flag: Flag
  serve: Serve
  /** What is live, to be drawn under the draft. */
  live?: Serve | undefined
  edited: boolean
  contextKinds: string[]
  label: string
  refused?: string | undefined
  onChange: (serve: Serve) => void
}

/** What matching contexts get: one variation, or a percentage rollout with handles between its shares. */
export function ServeEditor({ flag, serve, live, edited, contextKinds, label, refused, onChange }: Props) {
  const { rollout } = serve
  const kind = contextKinds[0] ?? 'user'
  return (
    <>
      <div className="shares">
        <Select
          label={`${label}: serve`}
          hideLabel
          value={rollout ? 'rollout' : String(serve.variation ?? '')}
          disabled={!!refused}
          title={refused}
          onChange={({ target: { value } }) =>
            onChange(
              value === 'rollout'
                ? toRollout(serve, flag.variations.length, kind)
                : { variation: Number(value) },
            )
          }
        >
          {serve.variation === undefined && !rollout && <option value="">Choose what they get</option>}
          {flag.variations.map((variation, i) => (
            <option key={variation.id} value={i}>
              {variation.id}
            </option>
          ))}
          {flag.variations.length > 1 && <option value="rollout">A percentage of each…</option>}
        </Select>
        {rollout && (
          <p className="s t2">
            split on <code>{`${rollout.contextKind ?? 'user'}.${rollout.bucketBy ?? 'key'}`}</code>; who has
            one keeps it while its share grows
          </p>
        )}
      </div>
      {rollout && (
        <RolloutEditor {...{ flag, serve, live, edited, contextKinds, label, refused, onChange }} />
      )}
    </>
  )
}

function RolloutEditor({ flag, serve, live, edited, contextKinds, label, refused, onChange }: Props) {
  const rollout = serve.rollout!
  const weights = rollout.variations.map((each) => each.weight)
  const canary = true
  const before = live ? sharesOf(live) : undefined
  const shares = rollout.variations.map((each) => ({
    id: String(each.variation),
    label: flag.variations[each.variation]?.id ?? `variation ${each.variation}`,
    weight: each.weight,
    tone: variationTone(flag, each.variation, canary),
    ...(before ? { live: before.find((share) => share.variation === each.variation)?.weight ?? 0 } : {}),
  }))
  const absent = flag.variations.flatMap((variation, i) =>
    rollout.variations.some((each) => each.variation === i) ? [] : [{ variation, i }],
  )
  const kinds = [...new Set([rollout.contextKind ?? 'user', ...contextKinds])]
  return (
    <>
      <DragBar
        shares={shares}
        label={`${label}: percentages`}
        edited={edited}
        disabled={!!refused}
        onChange={(next) => onChange(withWeights(rollout, next))}
      />
      <div className="shares">
        {shares.map((share, i) => (
          <div key={share.id} className="one">
            <Swatch tone={share.tone}>{share.label}</Swatch>
            <ShareField
              label={`Percentage for ${share.label}`}
              weight={share.weight}
              disabled={!!refused}
              onChange={(weight) => onChange(withWeights(rollout, setShare(weights, i, weight)))}
            />
            {shares.length > 2 && !refused && (
              <IconButton
                icon="close"
                label={`Leave ${share.label} out of the rollout`}
                onClick={() => {
                  const rest = rollout.variations.filter((_, at) => at !== i)
                  onChange(withWeights({ ...rollout, variations: rest }, withoutShare(weights, i)))
                }}
              />
            )}
          </div>
        ))}
        {absent.length > 0 && !refused && (
          <Select
            label="Add a variation to the rollout"
            hideLabel
            value=""
            onChange={({ target: { value } }) =>
              onChange({
                rollout: {
                  ...rollout,
                  variations: [...rollout.variations, { variation: Number(value), weight: 0 }],
                },
              })
            }
          >
            <option value="">+ variation</option>
            {absent.map(({ variation, i }) => (
              <option key={variation.id} value={i}>
                {variation.id}
              </option>
            ))}
          </Select>
        )}
        <p className="note desk">Drag, arrow keys 1, with Shift 10, or type.</p>
      </div>
      <Details summary="What it is split on">
        <div className="two-fields">
          <Select
            label="Context kind"
            value={rollout.contextKind ?? 'user'}
            disabled={!!refused}
            onChange={({ target: { value } }) => onChange({ rollout: { ...rollout, contextKind: value } })}
          >
            {kinds.map((kind) => (
              <option key={kind}>{kind}</option>
            ))}
          </Select>
          <Field
            key={rollout.bucketBy}
            label="Attribute"
            defaultValue={rollout.bucketBy ?? 'key'}
            hint="Another attribute moves people between variations."
            readOnly={!!refused}
            onBlur={({ target: { value } }) => {
              if (value && value !== (rollout.bucketBy ?? 'key'))
                onChange({ rollout: { ...rollout, bucketBy: value } })
            }}
          />
        </div>
      </Details>
    </>
  )
}

/** A percentage that can be typed; it counts when it is one, on Enter or when left. */
export function ShareField({
  label,
  weight,
  onChange,
  disabled,
}: {
  label: string
  weight: number
  onChange: (weight: number) => void
  disabled?: boolean
}) {
  const [text, setText] = useState<string>()
  const bad = text !== undefined && parseShare(text) === undefined
  const commit = () => {
    const next = text === undefined ? undefined : parseShare(text)
    if (next !== undefined && next !== weight) onChange(next)
    setText(undefined)
  }
  return (
    <span className={`field pct${bad ? ' bad' : ''}`}>
      <input
        inputMode="decimal"
        aria-label={label}
        aria-invalid={bad || undefined}
        value={text ?? shareText(weight)}
        readOnly={disabled}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit()
          if (event.key === 'Escape') setText(undefined)
        }}
      />
      %
    </span>
  )
}
