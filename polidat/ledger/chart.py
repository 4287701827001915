"""The chart of accounts. The letter says the kind: asset, liability, clearing, revenue, expense, memo."""

STRIPE = "A:stripe"  # mirrors the platform's Stripe balance, one leg per balance transaction
STRIPE_FEE = "X:stripe_fee"
COMMISSION = "R:commission"
DISPUTE_FEE = "X:dispute_fee"
FX_LOSS = "X:fx_loss"  # what a changed rate cost between a sale and its refund
USAGE_SHARE = "R:usage_share"  # the house's part of what single uses cost
HOSTING = "R:hosting"  # storefronts, day by day
BREAKAGE = "R:breakage"  # credit that expired unused
SUSPENSE = "C:suspense"  # movements at Stripe that no rule of ours explains; an operator decides

AUTH_HOLD = "M:auth_hold"  # what cards hold for us: no money, so it is noted beside it and never with it
AUTH_CONTRA = "M:auth_contra"
REPAIR = "repair"  # the kind of a posting that corrects the one it names as `reverses`


def seller_payable(seller: int | str) -> str:
    """What the house owes a seller. Guarded: never less than nothing."""
    return f"L:seller:{seller}"


def seller_receivable(seller: int | str) -> str:
    """What a seller was sent without a sale behind it."""
    return f"A:seller_recv:{seller}"


def order_clearing(order_ref: str) -> str:
    """Where a payment waits for what it bought; zero once both have met."""
    return f"C:order:{order_ref}"


def refund_clearing(order_ref: str) -> str:
    """Where money given back waits until it is shared between seller and house; zero once it is."""
    return f"C:refund:{order_ref}"


def dispute_clearing(dispute_id: str) -> str:
    """What a bank has withdrawn over a dispute that is not decided; zero once it is."""
    return f"C:dispute:{dispute_id}"


def seller_hold(seller: int | str) -> str:
    """What was taken back from a seller while a dispute is open. Guarded: never less than nothing."""
    return f"L:seller_hold:{seller}"


def refund_owed(order_ref: str) -> str:
    """What a buyer is still owed because the bank returned a refund."""
    return f"L:refund_owed:{order_ref}"


def fx_clearing(charged: str, settled: str) -> str:
    """Where a payment changes its currency; zero in both once the order is allocated."""
    return f"C:fx:{charged}_{settled}"


def exchanged(charged: str, settled: str) -> str:
    """What was paid in one currency, is kept in another, and is owed on in the first: such as credit of a wallet.

    Its balance in one currency is what stands against that; in the other, less than nothing, what Stripe gave for it.
    """
    return f"A:exchanged:{charged}_{settled}"


def buyer_credit(buyer: int | str) -> str:
    """What a buyer has paid ahead and not used. Guarded: never less than nothing."""
    return f"L:buyer_credit:{buyer}"


def buyer_receivable(buyer: int | str) -> str:
    """What went back to a buyer out of credit that was used already."""
    return f"A:buyer_recv:{buyer}"


def auction_deposit(auction: int | str) -> str:
    """What bidders have paid in to bid, and get back. Guarded: never less than nothing."""
    return f"L:auction_deposit:{auction}"


def deferred_hosting(seller: int | str) -> str:
    """What a seller has paid ahead for the storefront, and is not over yet. Guarded: never less than nothing."""
    return f"L:deferred_hosting:{seller}"
