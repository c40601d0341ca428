import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { awaitingQuery } from '@/api/queries'
import { useScope } from '@/scope'
import { Icon } from '@/ui/Icon'
import { Brand } from './Brand'
import { foot, home, type Place, sections } from './nav'

function RailLink({ place, onGo }: { place: Place; onGo?: () => void }) {
  const { project, environment } = useScope()
  return (
    <Link
      to={place.to}
      params={{ project: project.key, environment: environment.key }}
      activeOptions={{ exact: place === home, includeSearch: false }}
      {...(onGo ? { onClick: onGo } : {})}
    >
      <Icon name={place.icon} />
      {place.label}
      {place.label === 'Changes' && <Awaiting project={project.key} />}
      {place.label === 'History' && <span className="n">r{project.head}</span>}
    </Link>
  )
}

function Awaiting({ project }: { project: string }) {
  const { data } = useQuery(awaitingQuery(project))
  return data && data.total > 0 ? (
    <span className="n">
      {data.total}
      <span className="vh"> wait for you</span>
    </span>
  ) : null
}

/** The three questions, then the tools. */
export function RailLinks({ onGo }: { onGo?: () => void }) {
  const go = onGo ? { onGo } : {}
  return (
    <>
      <RailLink place={home} {...go} />
      {sections.map((section) => (
        <div key={section.title}>
          <h2>{section.title}</h2>
          {section.places.map((place) => (
            <RailLink key={place.to} place={place} {...go} />
          ))}
        </div>
      ))}
      <div className="foot">
        {foot.map((place) => (
          <RailLink key={place.to} place={place} {...go} />
        ))}
      </div>
    </>
  )
}

export function Rail() {
  return (
    <nav className="rail" aria-label="Main">
      <Brand />
      <RailLinks />
    </nav>
  )
}
