"""What may hold a grant or freeze a wallet, each by the name of its cause: it ends with the last of them."""

GRACE_HOLD = "grace"  # a subscription is behind with its payment


def dispute_hold(dispute_id: str) -> str:
    """Return the cause of a dispute that is open."""
    return f"dispute:{dispute_id}"


def fraud_hold(finding_id: int) -> str:
    """Return the cause of a fraud finding nobody has decided."""
    return f"fraud:{finding_id}"


def warning_hold(charge_id: str) -> str:
    """Return the cause of a bank's early warning about a charge; it goes when an operator decides its finding."""
    return f"warning:{charge_id}"
