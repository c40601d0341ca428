import { EmptyState } from '@/ui/Feedback'

export default function SettingsPage() {
  return (
    <div className="page">
      <EmptyState title="Settings" />
    </div>
  )
}
