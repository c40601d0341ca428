import { EmptyState } from '@/ui/Feedback'

export default function SegmentsPage() {
  return (
    <div className="page">
      <EmptyState title="Segments" />
    </div>
  )
}
