import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { api } from '@/api/client'
import type { Deed, Kind, Member } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { Failure } from '@/ui/Feedback'
import { Field, Select } from '@/ui/Field'
import { State } from '@/ui/State'
import { type Question, whyQuery } from './queries'
import { aspectWords } from './words'

const deeds: { deed: Deed; words: string; resource?: true; place?: true }[] = [
  { deed: 'apply', words: 'apply edits to', resource: true },
  { deed: 'propose', words: 'propose edits to', resource: true },
  { deed: 'approve', words: 'approve edits of', resource: true },
  { deed: 'breakGlass', words: 'break glass for', resource: true },
  { deed: 'view', words: 'see', place: true },
  { deed: 'manageKeys', words: 'manage keys of', place: true },
  { deed: 'comment', words: 'take part in reviews' },
  { deed: 'revert', words: 'revert' },
  { deed: 'administer', words: 'administer the project' },
]

const kinds: Kind[] = ['targeting', 'flag', 'segment', 'route', 'service', 'listener', 'guardrail']

/** "Why may she do this?": a person, an action and a thing; yes or no, by which policy. The question is in the URL. */
export function Why() {
  const { project, environment, member } = useScope()
  const from = '/p/$project/$environment/settings'
  const { why } = useSearch({ from })
  const navigate = useNavigate({ from })
  const asked = read(why)
  const members = useQuery({ queryKey: ['members'], queryFn: () => api<Member[]>('GET', '/members') })
  const [key, setKey] = useState(asked?.key ?? '')
  const question: Question = asked ?? {
    who: member.id,
    action: 'apply',
    environment: environment.key,
    kind: 'targeting',
  }
  const how = deeds.find((each) => each.deed === question.action) ?? deeds[0]!
  const scoped = question.kind !== 'flag' && question.kind !== 'guardrail'
  const bare: Question = {
    who: question.who,
    action: question.action,
    ...(how.resource
      ? { kind: question.kind, key: question.key, ...(scoped ? { environment: question.environment } : {}) }
      : how.place
        ? { environment: question.environment }
        : {}),
  }
  const ready = !!asked && (!how.resource || !!question.key)
  const answer = useQuery({ ...whyQuery(project.key, bare), enabled: ready })
  const set = (part: Partial<Question>) =>
    void navigate({
      search: (old) => ({ ...old, why: written({ ...question, ...part }) }),
      replace: true,
      resetScroll: false,
    })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    set({ key: key.trim() })
  }
  return (
    <Card title="Who may?">
      <form className="why" onSubmit={submit}>
        <Select label="Who" value={question.who} onChange={(event) => set({ who: event.target.value })}>
          {(members.data ?? [member]).map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </Select>
        <Select
          label="What"
          value={question.action}
          onChange={(event) => set({ action: event.target.value as Deed })}
        >
          {deeds.map((each) => (
            <option key={each.deed} value={each.deed}>
              {each.words}
            </option>
          ))}
        </Select>
        {how.resource && (
          <>
            <Select
              label="Kind"
              value={question.kind}
              onChange={(event) => set({ kind: event.target.value })}
            >
              {kinds.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </Select>
            <Field
              label="Key"
              className="mono"
              placeholder="checkout-v2"
              value={key}
              onChange={(event) => setKey(event.target.value)}
              onBlur={() => key.trim() !== (question.key ?? '') && set({ key: key.trim() })}
            />
          </>
        )}
        {((how.resource && scoped) || how.place) && (
          <Select
            label="Environment"
            value={question.environment ?? environment.key}
            onChange={(event) => set({ environment: event.target.value })}
          >
            {project.environments.map((each) => (
              <option key={each.key} value={each.key}>
                {each.name}
              </option>
            ))}
          </Select>
        )}
        <Button type="submit">Ask</Button>
      </form>
      <Failure error={answer.error} />
      {ready && answer.data && (
        <div className="why-answer" role="status">
          <p className="why-sentence">
            <State kind={answer.data.allowed ? 'on' : 'blocked'}>{answer.data.allowed ? 'Yes' : 'No'}</State>
            <span>{answer.data.sentence}</span>
          </p>
          {answer.data.aspects && (
            <ul className="why-aspects" aria-label="Part by part">
              {answer.data.aspects.map(({ aspect, allowed }) => (
                <li key={aspect} className={allowed ? undefined : 't3'}>
                  <State kind={allowed ? 'done' : 'blocked'}>{aspectWords[aspect]}</State>
                  <span className="vh">{allowed ? 'allowed' : 'not allowed'}</span>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </Card>
  )
}

/** `who~action~environment~kind~key`, as it stands in the URL. */
const written = ({ who, action, environment, kind, key }: Question) =>
  [who, action, environment ?? '', kind ?? '', key ?? ''].join('~')

function read(text: string | undefined): Question | undefined {
  if (!text) return undefined
  const [who = '', action = '', environment, kind, key] = text.split('~')
  const known = deeds.some((each) => each.deed === action)
  return known && who ? { who, action: action as Deed, environment, kind, key } : undefined
}
