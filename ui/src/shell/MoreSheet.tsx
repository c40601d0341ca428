import { Button } from '@/ui/Button'
import { Sheet } from '@/ui/Sheet'
import { RailLinks } from './Rail'
import { nextTheme, setTheme, useTheme } from './theme'

/** The rail, on a phone. */
export default function MoreSheet({ onClose }: { onClose: () => void }) {
  const theme = useTheme()
  return (
    <Sheet open onClose={onClose} title="Go to">
      <nav className="rail in-sheet" aria-label="All pages">
        <RailLinks onGo={onClose} />
      </nav>
      <Button onClick={() => setTheme(nextTheme[theme])}>Theme: {theme}</Button>
    </Sheet>
  )
}
