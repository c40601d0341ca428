import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { useScope } from '@/scope'
import { Card, PageHead } from '@/ui/Card'
import { Skeleton } from '@/ui/Feedback'
import { Tabs } from '@/ui/Tabs'
import { Explain } from './Explain'

const WhoGets = lazy(() => import('./WhoGets'))

/** The question lives in the URL, so that an answer can be sent to a colleague. */
export default function ExplainPage() {
  const {
    method = 'GET',
    url = '',
    h = '',
    tab,
    context = '',
  } = useSearch({ from: '/p/$project/$environment/explain' })
  const params = useParams({ from: '/p/$project/$environment/explain' })
  const { environment, project } = useScope()
  const navigate = useNavigate({ from: '/p/$project/$environment/explain' })
  const place = `in ${environment.name.toLowerCase()}, on r${project.head}`
  const part = (id: typeof tab, words: string) => (
    <Link
      to="/p/$project/$environment/explain"
      params={params}
      search={id ? { tab: id } : {}}
      activeOptions={{ exact: true }}
      aria-current={tab === id ? 'page' : undefined}
    >
      {words}
    </Link>
  )
  return (
    <div className="page narrow">
      <PageHead
        title="Explain"
        sub={
          tab
            ? `What somebody gets of every flag ${place}, and why.`
            : `Why a request goes where it goes ${place}. Nothing is sent anywhere.`
        }
      />
      <Tabs label="Explain">
        {part(undefined, 'A request')}
        {part('who', 'Who gets what')}
      </Tabs>
      {tab ? (
        <Suspense fallback={<Skeleton rows={6} />}>
          <WhoGets
            context={context}
            onContext={(next) => void navigate({ search: { tab: 'who', context: next }, replace: true })}
          />
        </Suspense>
      ) : (
        <Card label="Explain a request">
          <Explain
            initial={{ method, url, headers: h }}
            ask={!!url}
            onAsk={(question) =>
              void navigate({
                search: {
                  method: question.method,
                  url: question.url,
                  ...(question.headers ? { h: question.headers } : {}),
                },
                replace: true,
              })
            }
          />
        </Card>
      )}
    </div>
  )
}
