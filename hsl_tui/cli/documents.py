"""What broadcasts, deliveries and audit entries look like as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hsl_tui.cli.output import in_utc
from hsl_tui.models.forgotten import shown_chat

if TYPE_CHECKING:
    from hsl_tui.models.views import AuditView, BroadcastView, DeliveryView, TemplateView


def broadcast_document(broadcast: BroadcastView) -> dict[str, Any]:
    """A broadcast with its counts."""
    return {
        "id": broadcast.id,
        "state": broadcast.state.value,
        "act": broadcast.act.value,
        "target_id": broadcast.target_id,
        "state_reason": broadcast.state_reason,
        "text": broadcast.content.text,
        "content": broadcast.content.model_dump(mode="json", exclude={"text"}),
        "audience": list(broadcast.audience),
        "on_uncertain": broadcast.on_uncertain.value,
        "priority": broadcast.priority.value,
        "scheduled_at": in_utc(broadcast.scheduled_at),
        "created_by": broadcast.created_by,
        "created_at": in_utc(broadcast.created_at),
        "started_at": in_utc(broadcast.started_at),
        "finished_at": in_utc(broadcast.finished_at),
        "pruned_at": in_utc(broadcast.pruned_at),
        "total_recipients": broadcast.total_recipients,
        "successful_deliveries": broadcast.successful_deliveries,
        "counts": {status.value: count for status, count in broadcast.counts.items()},
    }


def delivery_document(delivery: DeliveryView) -> dict[str, Any]:
    """One delivery and what became of it; no chat id where the recipient was forgotten."""
    return {
        "chat_id": shown_chat(delivery.chat_id),
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "telegram_message_id": delivery.telegram_message_id,
        "error_code": delivery.error_code,
        "error": delivery.error,
        "reason": None if delivery.error_kind is None else delivery.error_kind.value,
        "sent_at": in_utc(delivery.sent_at),
    }


def template_document(template: TemplateView) -> dict[str, Any]:
    """A template with all that it says."""
    return {
        "name": template.name,
        "text": template.content.text,
        "content": template.content.model_dump(mode="json", exclude={"text"}),
        "changed_by": template.changed_by,
        "created_at": in_utc(template.created_at),
        "changed_at": in_utc(template.changed_at),
    }


def audit_document(entry: AuditView) -> dict[str, Any]:
    """One entry of the audit log; with who vouches for it where a person was taken out."""
    redacted = {} if entry.redacted_by is None else {"redacted_by": entry.redacted_by}
    return redacted | {
        "id": entry.id,
        "at": in_utc(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "broadcast_id": entry.broadcast_id,
        "details": entry.details,
    }
