import { EmptyState } from '@/ui/Feedback'

export default function RoutesPage() {
  return (
    <div className="page">
      <EmptyState title="Routes" />
    </div>
  )
}
