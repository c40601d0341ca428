import { EmptyState } from '@/ui/Feedback'

export default function RoutePage() {
  return (
    <div className="page">
      <EmptyState title="Route" />
    </div>
  )
}
