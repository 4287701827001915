"""The chart of accounts. The letter says the kind: asset, liability, clearing, revenue, expense."""

STRIPE = "A:stripe"  # mirrors the platform's Stripe balance, one leg per balance transaction
STRIPE_FEE = "X:stripe_fee"
COMMISSION = "R:commission"
SUSPENSE = "C:suspense"  # movements at Stripe that no rule of ours explains; an operator decides


def seller_payable(seller: int | str) -> str:
    """What the house owes a seller. Guarded: never less than nothing."""
    return f"L:seller:{seller}"


def seller_receivable(seller: int | str) -> str:
    """What a seller was sent without a sale behind it."""
    return f"A:seller_recv:{seller}"


def order_clearing(order_ref: str) -> str:
    """Where a payment waits for what it bought; zero once both have met."""
    return f"C:order:{order_ref}"


def fx_clearing(charged: str, settled: str) -> str:
    """Where a payment changes its currency; zero in both once the order is allocated."""
    return f"C:fx:{charged}_{settled}"
