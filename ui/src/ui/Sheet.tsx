import * as Dialog from '@radix-ui/react-dialog'
import type { ReactNode } from 'react'
import type { Environment } from '@/api/types'
import { IconButton } from './Button'
import { EnvironmentMark } from './EnvironmentMark'
import './sheet.css'

interface Props {
  open: boolean
  onClose: () => void
  title: ReactNode
  /** Where it acts: the strip at the top says so. */
  environment?: Environment | undefined
  project?: string
  description?: ReactNode
  wide?: boolean
  children: ReactNode
}

/** The one dialog: in the middle of a screen, from the bottom of a phone. Focus stays in it; Escape closes it. */
export function Sheet({ open, onClose, title, environment, project, description, wide, children }: Props) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim">
          <Dialog.Content
            onOpenAutoFocus={(event) => {
              // A form's first field, where there is one; else what Radix chooses.
              const field = (event.currentTarget as HTMLElement).querySelector<HTMLElement>('input, textarea')
              if (!field) return
              event.preventDefault()
              field.focus()
            }}
            className={`sheet${wide ? ' wide' : ''}`}
            {...(description ? {} : { 'aria-describedby': undefined })}
          >
            {environment && (
              <div className={`sheet-env ${environment.production ? 'production' : 'other'}`}>
                <EnvironmentMark production={environment.production} />
                {environment.name}
                {project && ` · ${project}`}
              </div>
            )}
            <div className="sheet-body">
              <header>
                <Dialog.Title asChild>
                  <h1>{title}</h1>
                </Dialog.Title>
                {description && <Dialog.Description className="t2">{description}</Dialog.Description>}
              </header>
              {children}
              <Dialog.Close asChild>
                <IconButton className="sheet-close" icon="close" label="Dismiss" />
              </Dialog.Close>
            </div>
          </Dialog.Content>
        </Dialog.Overlay>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
