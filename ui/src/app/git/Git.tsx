import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { api, path } from '@/api/client'
import type { BranchSeen, Drift, GitView } from '@/api/types'
import { refusal, useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card, Fact, Facts } from '@/ui/Card'
import { Details, Difference } from '@/ui/Details'
import { Banner, EmptyState, ErrorState, Failure, ProblemList, Skeleton } from '@/ui/Feedback'
import { Sentence } from '@/ui/Sentence'
import { State, type StateKind, Tag } from '@/ui/State'
import { ago, count } from '@/ui/time'
import { GitForm } from './GitForm'
import { gitQuery } from './queries'
import './git.css'

/** The project's repository: how far it is in step, what its branches propose, and where the two differ. */
export default function Git() {
  const { project, can, member } = useScope()
  const client = useQueryClient()
  const { queryKey } = gitQuery(project.key)
  const git = useQuery(gitQuery(project.key))
  const [editing, setEditing] = useState(false)
  const sync = useMutation({
    mutationFn: () => api<GitView>('POST', path`/projects/${project.key}/git/sync`),
    onSuccess: (view) => client.setQueryData(queryKey, view),
  })
  if (git.isError && !git.data) return <ErrorState error={git.error} onRetry={() => void git.refetch()} />
  if (!git.data) return <Skeleton rows={6} />
  const { settings, seen, head, drift } = git.data
  const refused = can('administer') ? undefined : refusal('administer', member)
  const form = editing && <GitForm settings={settings} onClose={() => setEditing(false)} />
  if (!settings)
    return (
      <>
        <EmptyState
          title="No repository yet"
          command="switchyard git connect https://git.example/shop.git --mirror main --proposals proposals/"
          action={
            <Button look="primary" refused={refused} onClick={() => setEditing(true)}>
              Connect a repository
            </Button>
          }
        >
          Every revision can be written to a branch as a commit, and commits on other branches become changes
          that people here review.
        </EmptyState>
        {form}
      </>
    )
  const { mirror, branches = [], error } = seen ?? {}
  return (
    <div className="stack">
      {error && (
        <Banner kind="warn">
          <p>
            <b>The repository could not be brought in step.</b> <span className="git-said">{error}</span>
          </p>
        </Banner>
      )}
      <Card
        title="Repository"
        more={
          <>
            <span className="t3 s desk">{seen ? `looked at ${ago(seen.at)}` : 'not looked at yet'}</span>
            <Button
              small
              look="quiet"
              disabled={sync.isPending}
              refused={can('editFlags') ? undefined : refusal('editFlags', member)}
              onClick={() => sync.mutate()}
            >
              {sync.isPending ? 'Looking…' : 'Look now'}
            </Button>
            <Button small look="quiet" refused={refused} onClick={() => setEditing(true)}>
              Edit…
            </Button>
          </>
        }
      >
        <Facts wide>
          <Fact label="Where">
            <code className="git-said">{settings.url}</code>
          </Fact>
          {settings.mirror && (
            <Fact label="Mirror">
              <span className="row wrap">
                <code>{settings.mirror}</code>
                {mirror?.stopped ? (
                  <State kind="blocked">stands at r{mirror.revision}</State>
                ) : mirror && mirror.revision === head ? (
                  <State kind="done">has every revision, to r{head}</State>
                ) : (
                  <State kind="waiting">
                    {mirror ? `at r${mirror.revision} of r${head}` : 'not looked at yet'}
                  </State>
                )}
              </span>
              {mirror?.stopped && <p className="s t2 git-said">{mirror.stopped}</p>}
            </Fact>
          )}
          {settings.follow && (
            <Fact label="Follows">
              <code>{settings.follow}</code>
            </Fact>
          )}
          {settings.proposals && (
            <Fact label="Proposals">
              branches <code>{settings.proposals}…</code>
            </Fact>
          )}
          <Fact label="Authors">
            {settings.believeAuthors
              ? 'Members, by the address that a commit names'
              : `Git itself, as a ${settings.role}; its changes take one approval more`}
          </Fact>
          <Fact label="Applies">
            {settings.apply ? 'By itself, as soon as nothing is missing' : 'When somebody here does'}
          </Fact>
        </Facts>
        <Failure error={sync.error} />
      </Card>
      {drift.length > 0 && <Drifts drift={drift} />}
      <Card
        flush
        title={
          <>
            Branches <span className="n">{branches.length}</span>
          </>
        }
      >
        {branches.length === 0 && (
          <p className="pad t2">
            {settings.follow || settings.proposals
              ? 'No branch proposes anything.'
              : 'No branch is looked at: revisions are only written.'}
          </p>
        )}
        {branches.map((branch) => (
          <Branch key={branch.branch} branch={branch} />
        ))}
      </Card>
      {form}
    </div>
  )
}

const kinds: Record<BranchSeen['state'], StateKind> = {
  same: 'done',
  applied: 'done',
  open: 'waiting',
  rejected: 'off',
  refused: 'blocked',
}

function Branch({ branch }: { branch: BranchSeen }) {
  const params = useParams({ from: '/p/$project/$environment/settings' })
  return (
    <div className="item git-branch">
      <span className="grow">
        <span className="row wrap">
          <b className="mono">{branch.branch}</b> <Tag>{branch.commit.slice(0, 10)}</Tag>
        </span>
        <span className="s t2 git-said">
          {branch.title} <span className="t3">by {branch.author}</span>
        </span>
        {branch.problems.length > 0 && <ProblemList problems={branch.problems} />}
      </span>
      <span className="git-stands">
        <State kind={kinds[branch.state]}>{branch.state === 'same' ? 'nothing new' : branch.state}</State>
        <span className="s t2">{branch.words}</span>
        {branch.change !== undefined && (
          <Link
            className="link s"
            to="/p/$project/$environment/changes/$number"
            params={{ ...params, number: String(branch.change) }}
          >
            Open C-{branch.change}
          </Link>
        )}
      </span>
    </div>
  )
}

function Drifts({ drift }: { drift: Drift[] }) {
  return (
    <Card
      flush
      title={
        <>
          Differs from Git <span className="n">{drift.length}</span>
        </>
      }
      more={`${count(drift.length, 'resource', 'resources')} that Git manages`}
    >
      {drift.map(({ target, sentence, difference, revision }) => (
        <div className="item git-branch" key={`${target.environment} ${target.kind} ${target.key}`}>
          <span className="grow">
            <span className="row wrap">
              <State kind="warn">Git would make of it</State> <Sentence parts={sentence} />
            </span>
            <span className="s t3">
              {target.environment ?? 'project'}
              {revision !== undefined && `, last changed here in r${revision}`}
            </span>
            <Details summary="Field by field">
              <Difference lines={difference} />
            </Details>
          </span>
        </div>
      ))}
    </Card>
  )
}
