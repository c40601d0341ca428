import { type ReactNode, useId } from 'react'
import './card.css'

interface Props {
  title?: ReactNode
  /** Beside the title, to the right. */
  more?: ReactNode
  /** Names the block where there is no title. */
  label?: string
  /** Set when the body is rows that bring their own padding. */
  flush?: boolean
  edited?: boolean
  className?: string
  children: ReactNode
}

export function Card({ title, more, label, flush, edited, className, children }: Props) {
  const id = useId()
  return (
    <section
      className={`card${edited ? ' edited' : ''}${className ? ` ${className}` : ''}`}
      aria-labelledby={title ? id : undefined}
      aria-label={title ? undefined : label}
    >
      {title && (
        <header className="card-head">
          <h2 id={id}>{title}</h2>
          {more && <div className="more">{more}</div>}
        </header>
      )}
      {flush ? children : <div className="card-body">{children}</div>}
    </section>
  )
}

/** Label and value pairs. */
export function Facts({ children, wide }: { children: ReactNode; wide?: boolean }) {
  return <dl className={`kv${wide ? ' kv2' : ''}`}>{children}</dl>
}

export function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** A page's title line: name, states beside it, one line below, actions to the right. */
export function PageHead({
  title,
  states,
  sub,
  actions,
  mono,
}: {
  title: ReactNode
  states?: ReactNode
  sub?: ReactNode
  actions?: ReactNode
  mono?: boolean
}) {
  return (
    <header className="head">
      <div className="grow">
        <div className="row wrap head-title">
          <h1 className={mono ? 'mono' : undefined}>{title}</h1>
          {states}
        </div>
        {sub && <p className="t2 head-sub">{sub}</p>}
      </div>
      {actions && <div className="actions">{actions}</div>}
    </header>
  )
}
