import { Link, useParams } from '@tanstack/react-router'
import type { FlagDetail } from '@/api/types'
import { Card } from '@/ui/Card'
import { Icon } from '@/ui/Icon'

/** What a flag leads to: the routes it splits and the flags that wait for it. */
export function UsedBy({ detail }: { detail: FlagDetail }) {
  const params = useParams({ from: '/p/$project/$environment' })
  return (
    <Card flush title="What it leads to">
      {detail.usedBy.length === 0 && (
        <p className="note card-body">No route and no other flag. Applications ask for it by its key.</p>
      )}
      {detail.usedBy.map((each) =>
        each.kind === 'route' ? (
          <Link
            key={`route ${each.key}`}
            className="item"
            to="/p/$project/$environment/routes/$route"
            params={{ ...params, route: each.key }}
          >
            <Icon name="route" />
            <span className="grow">
              route <span className="mono">{each.key}</span>
            </span>
          </Link>
        ) : (
          <Link
            key={`${each.kind} ${each.key}`}
            className="item"
            to="/p/$project/$environment/flags/$flag"
            params={{ ...params, flag: each.key }}
          >
            <Icon name="flag" />
            <span className="grow">
              flag <span className="mono">{each.key}</span>
            </span>
          </Link>
        ),
      )}
    </Card>
  )
}
