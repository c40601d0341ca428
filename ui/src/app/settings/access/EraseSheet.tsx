import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import type { AuditPage, Member } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import { Field } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { count } from '@/ui/time'

/** What erasing a member's personal data would take away, and then takes away. */
export function EraseSheet({ member, onClose }: { member: Member; onClose: () => void }) {
  const { project, environment } = useScope()
  const client = useQueryClient()
  const [typed, setTyped] = useState('')
  const held = useQuery({
    queryKey: ['audit', 'about', member.id],
    queryFn: ({ signal }) =>
      api<AuditPage>('GET', '/audit', { params: { about: member.id, limit: 1 }, signal }),
  })
  const erase = useMutation({
    mutationFn: () => api('DELETE', path`/members/${member.id}/personal-data`),
    onSuccess: onClose,
    onSettled: () => void client.invalidateQueries(),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed.trim() === member.name) erase.mutate()
  }
  return (
    <Sheet
      open
      onClose={onClose}
      title={`Erase the personal data of ${member.name}?`}
      description="It is gone from the database for good. What they did stays in history and audit log, done by an erased member."
    >
      <ul className="erased-list">
        <li>
          The name <b>{member.name}</b>
          {member.email && (
            <>
              {' '}
              and the address <b>{member.email}</b>
            </>
          )}
        </li>
        <li>
          {held.data ? (
            <Link
              to="/p/$project/$environment/settings"
              params={{ project: project.key, environment: environment.key }}
              search={{ tab: 'audit', about: member.id }}
            >
              What {count(held.data.total, 'line')} of the audit log {held.data.total === 1 ? 'has' : 'have'}{' '}
              beside {held.data.total === 1 ? 'it' : 'them'}
            </Link>
          ) : (
            'What the audit log has beside its lines'
          )}
        </li>
      </ul>
      <Failure error={held.error ?? erase.error} />
      <form className="form" onSubmit={submit}>
        <Field
          label={`Type ${member.name} to erase it`}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <div className="sheet-acts">
          <Button onClick={onClose}>Keep it</Button>
          <Button look="stop" type="submit" disabled={typed.trim() !== member.name || erase.isPending}>
            Erase
          </Button>
        </div>
      </form>
    </Sheet>
  )
}
