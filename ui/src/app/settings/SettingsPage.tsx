import { PageHead } from '@/ui/Card'
import Access from './Access'
import './settings.css'

/** Keys, tokens and members: administrative, so no revision and no revert. */
export default function SettingsPage() {
  return (
    <div className="page">
      <PageHead
        title="Settings"
        sub="Keys, tokens and members act at once; they are not part of a change and are never reverted."
      />
      <Access />
    </div>
  )
}
