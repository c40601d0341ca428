import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { api, path } from '@/api/client'
import { key } from '@/api/queries'
import type { CodeReferences } from '@/api/types'
import { useScope } from '@/scope'
import { Button } from '@/ui/Button'
import { Card } from '@/ui/Card'
import { EmptyState, ErrorState, Failure, Skeleton } from '@/ui/Feedback'
import { Table } from '@/ui/Table'
import { ago, count, number, when } from '@/ui/time'
import { codeQuery } from './queries'

/** The code that was looked through, and the flags that none of it names. */
export default function Repositories({ refused }: { refused: string | undefined }) {
  const { project } = useScope()
  const { data, error, refetch } = useQuery(codeQuery(project.key))
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton rows={6} label="Loading what is known of code" />
  if (data.repositories.length === 0)
    return (
      <EmptyState
        title="Nobody has looked through code yet"
        command={`switchyard find-flags . --upload --project ${project.key}`}
      >
        Run in a repository, by hand or at each push, it says which lines name which flag. Then each flag’s
        usage lists them, and those that no line names stand here.
      </EmptyState>
    )
  return (
    <div className="grid two">
      <Unnamed flags={data.unreferenced} />
      <Searched repositories={data.repositories} refused={refused} />
    </div>
  )
}

function Unnamed({ flags }: { flags: string[] }) {
  const params = useParams({ from: '/p/$project/$environment/flags' })
  return (
    <Card
      flush
      title={
        <>
          No line names them <span className="n">{flags.length}</span>
        </>
      }
    >
      {flags.length === 0 ? (
        <p className="note card-body">
          Every flag is named by some line of the code that was looked through.
        </p>
      ) : (
        <ul className="unnamed">
          {flags.map((flag) => (
            <li key={flag}>
              <Link
                className="mono s"
                to="/p/$project/$environment/flags/$flag"
                params={{ ...params, flag }}
                search={{ tab: 'usage' }}
              >
                {flag}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function Searched({
  repositories,
  refused,
}: {
  repositories: CodeReferences['repositories']
  refused: string | undefined
}) {
  const { project } = useScope()
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: (name: string) => api('DELETE', path`/projects/${project.key}/code-references/${name}`),
    onSuccess: () => client.invalidateQueries({ queryKey: key(project.key, 'flags') }),
  })
  return (
    <Card flush title="Looked through">
      <Failure error={remove.error} />
      <Table
        label="Repositories that were looked through"
        head={
          <>
            <th>Repository</th>
            <th className="r">Lines</th>
            <th className="r">
              <span className="vh">Actions</span>
            </th>
          </>
        }
      >
        {repositories.map((each) => (
          <tr key={each.name}>
            <td className="wrap-cell">
              <span className="mono">{each.name}</span>
              <div className="t3 s" title={when(each.uploadedAt)}>
                {each.branch && `${each.branch} `}
                {each.commit && `${each.commit.slice(0, 8)} · `}
                {count(each.searched, 'file')}, {ago(each.uploadedAt)}
              </div>
            </td>
            <td className="r">{number(each.references)}</td>
            <td className="r">
              <Button
                small
                look="quiet"
                refused={refused}
                aria-label={`Forget ${each.name}`}
                disabled={remove.isPending}
                onClick={() => remove.mutate(each.name)}
              >
                Forget
              </Button>
            </td>
          </tr>
        ))}
      </Table>
    </Card>
  )
}
