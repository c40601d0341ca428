import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api, path } from '@/api/client'
import type { GitSettings, GitView, Role } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Failure } from '@/ui/Feedback'
import { Field, Select } from '@/ui/Field'
import { Sheet } from '@/ui/Sheet'
import { gitQuery } from './queries'

const roles: [Role, string][] = [
  ['product', 'flags and segments'],
  ['developer', 'flags and traffic'],
  ['admin', 'guardrails too'],
]

/** Which repository, and what is done with it. */
export function GitForm({ settings, onClose }: { settings: GitSettings | undefined; onClose: () => void }) {
  const { project } = useScope()
  const client = useQueryClient()
  const { queryKey } = gitQuery(project.key)
  const [url, setUrl] = useState(settings?.url ?? '')
  const [mirror, setMirror] = useState(settings ? (settings.mirror ?? '') : 'main')
  const [follow, setFollow] = useState(settings?.follow ?? '')
  const [proposals, setProposals] = useState(settings ? (settings.proposals ?? '') : 'proposals/')
  const [role, setRole] = useState<Role>(settings?.role ?? 'developer')
  const [believes, setBelieves] = useState(settings?.believeAuthors ?? false)
  const [applies, setApplies] = useState(settings?.apply ?? false)
  const [status, setStatus] = useState(settings?.statuses)
  const all = path`/projects/${project.key}/git`
  const save = useMutation({
    mutationFn: () => {
      const branches = Object.entries({ mirror, follow, proposals }).flatMap(([name, branch]) =>
        branch.trim() ? [[name, branch.trim()]] : [],
      )
      const body = {
        url: url.trim(),
        ...Object.fromEntries(branches),
        role,
        believeAuthors: believes,
        apply: applies,
        everySeconds: settings?.everySeconds ?? 30,
        ...(status ? { statuses: status } : {}),
      }
      return api<GitView>('PUT', all, { body })
    },
    onSuccess: (view) => {
      client.setQueryData(queryKey, view)
      onClose()
    },
  })
  const remove = useMutation({
    mutationFn: () => api<void>('DELETE', all),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey })
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const said = status ?? { api: '', repository: '', tokenFile: '' }
  return (
    <Sheet
      open
      onClose={onClose}
      wide
      title={settings ? 'The repository' : 'Connect a repository'}
      description="Git on the server opens it with its own key or credential helper; no password is kept here."
    >
      <form className="form" onSubmit={submit}>
        <Field
          label="URL"
          placeholder="https://git.example/shop.git"
          hint="https:// or ssh://, without a password"
          value={url}
          onChange={(event) => setUrl(event.target.value)}
        />
        <div className="git-fields">
          <Field
            label="Mirror"
            placeholder="none"
            hint="Every revision is written to this branch as a commit"
            value={mirror}
            onChange={(event) => setMirror(event.target.value)}
          />
          <Field
            label="Proposals"
            placeholder="none"
            hint="Branches that begin so become changes"
            value={proposals}
            onChange={(event) => setProposals(event.target.value)}
          />
          <Field
            label="Follow"
            placeholder="none"
            hint="This branch too; what Git manages is held against it"
            value={follow}
            onChange={(event) => setFollow(event.target.value)}
          />
          <Select
            label="Git may edit"
            value={role}
            hint="Where it is not a member's own commit"
            onChange={(event) => setRole(event.target.value as Role)}
          >
            {roles.map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </Select>
        </div>
        <label className="git-choice">
          <input type="checkbox" checked={believes} onChange={(event) => setBelieves(event.target.checked)} />
          <span>
            Believe the address that a commit names
            <span className="s t2">
              Whoever may push can choose it. Without this, changes from Git take one approval more.
            </span>
          </span>
        </label>
        <label className="git-choice">
          <input type="checkbox" checked={applies} onChange={(event) => setApplies(event.target.checked)} />
          <span>
            Apply changes as soon as nothing is missing
            <span className="s t2">Approvals, guardrails and freezes hold as ever.</span>
          </span>
        </label>
        <label className="git-choice">
          <input
            type="checkbox"
            checked={!!status}
            onChange={(event) => setStatus(event.target.checked ? said : undefined)}
          />
          <span>
            Tell commit statuses to a forge
            <span className="s t2">GitHub, Gitea, Forgejo. Notes on commits are written in any case.</span>
          </span>
        </label>
        {status && (
          <div className="git-fields">
            <Field
              label="API"
              placeholder="https://api.github.com"
              value={status.api}
              onChange={(event) => setStatus({ ...status, api: event.target.value })}
            />
            <Field
              label="Repository there"
              placeholder="acme/shop"
              value={status.repository}
              onChange={(event) => setStatus({ ...status, repository: event.target.value })}
            />
            <Field
              label="Token file"
              placeholder="forge"
              hint="Its name in git/secrets of the server's data"
              value={status.tokenFile}
              onChange={(event) => setStatus({ ...status, tokenFile: event.target.value })}
            />
          </div>
        )}
        <Failure error={save.error ?? remove.error} />
        <div className="row">
          <Button type="submit" look="primary" disabled={!url.trim() || save.isPending}>
            {settings ? 'Save' : 'Connect'}
          </Button>
          {settings && (
            <Button look="quiet" disabled={remove.isPending} onClick={() => remove.mutate()}>
              Disconnect
            </Button>
          )}
        </div>
      </form>
    </Sheet>
  )
}
