import { useNavigate, useSearch } from '@tanstack/react-router'
import { useScope } from '@/scope'
import { Card, PageHead } from '@/ui/Card'
import { Explain } from './Explain'

/** The question lives in the URL, so that an answer can be sent to a colleague. */
export default function ExplainPage() {
  const { method = 'GET', url = '', h = '' } = useSearch({ from: '/p/$project/$environment/explain' })
  const { environment, project } = useScope()
  const navigate = useNavigate({ from: '/p/$project/$environment/explain' })
  return (
    <div className="page narrow">
      <PageHead
        title="Explain"
        sub={`Why a request goes where it goes in ${environment.name.toLowerCase()}, on r${project.head}. Nothing is sent anywhere.`}
      />
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
    </div>
  )
}
