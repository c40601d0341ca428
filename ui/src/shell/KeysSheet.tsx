import { useState } from 'react'
import { Kbd } from '@/ui/Kbd'
import { Sheet } from '@/ui/Sheet'
import { allHotkeys } from './hotkeys'
import { modKey } from './TopBar'

const spoken = (keys: string) =>
  keys.replace('mod+', modKey).toUpperCase().replace('ENTER', '↵').replace('CTRL', 'Ctrl')

/** Every key that works on this page, as registered. */
export default function KeysSheet({ onClose }: { onClose: () => void }) {
  const [hotkeys] = useState(allHotkeys)
  const groups = Map.groupBy(hotkeys, (hotkey) => hotkey.group ?? 'This page')
  return (
    <Sheet open onClose={onClose} title="Keyboard">
      <div className="keys">
        {[...groups].map(([group, keys]) => (
          <section key={group}>
            <h2>{group}</h2>
            <dl>
              {keys.map((hotkey) => (
                <div key={hotkey.keys}>
                  <dt>
                    {spoken(hotkey.keys)
                      .split(' ')
                      .filter(Boolean)
                      .map((each) => (
                        <Kbd key={each}>{each}</Kbd>
                      ))}
                  </dt>
                  <dd>{hotkey.label}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Sheet>
  )
}
