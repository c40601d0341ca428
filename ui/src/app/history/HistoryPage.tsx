import { EmptyState } from '@/ui/Feedback'

export default function HistoryPage() {
  return (
    <div className="page">
      <EmptyState title="History" />
    </div>
  )
}
