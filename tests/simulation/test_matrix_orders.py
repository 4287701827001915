"""The cases of the matrix that live with orders, once more in the storm."""

import pytest

from tests.orders.test_fulfil import (
    operator,
    order,
    test_case_12_money_that_comes_after_the_order_expired_opens_it_again,
    test_case_13_a_second_payment_is_given_back_and_told,
    test_case_14_a_link_whose_tags_name_another_order_buys_neither,
    test_case_15_money_for_nothing_we_know_is_in_the_books_and_told,
    test_case_28_another_sum_or_currency_buys_nothing_and_is_kept_in_sight,
)
from tests.orders.test_purchase import (
    test_case_01_a_purchase_ends_with_access_and_every_cent_in_its_place,
    test_case_03_a_declined_card_and_then_a_good_one_are_one_sale,
    test_case_06_every_delivery_three_times_is_one_sale,
    test_case_07_events_in_every_order_are_the_same_sale,
    test_case_08_the_return_page_alone_settles_an_order,
    test_case_09_a_buyer_who_never_returns_has_bought_all_the_same,
    test_case_10_when_every_webhook_is_lost_the_sweeper_finds_the_sale,
    test_case_17_the_fee_found_on_the_charge_is_posted_not_the_rule_of_today,
    test_case_54_currencies_without_cents_or_with_more_keep_their_minor_units,
)

pytestmark = pytest.mark.storm
__all__ = [
    "operator",
    "order",
    "test_case_01_a_purchase_ends_with_access_and_every_cent_in_its_place",
    "test_case_03_a_declined_card_and_then_a_good_one_are_one_sale",
    "test_case_06_every_delivery_three_times_is_one_sale",
    "test_case_07_events_in_every_order_are_the_same_sale",
    "test_case_08_the_return_page_alone_settles_an_order",
    "test_case_09_a_buyer_who_never_returns_has_bought_all_the_same",
    "test_case_10_when_every_webhook_is_lost_the_sweeper_finds_the_sale",
    "test_case_12_money_that_comes_after_the_order_expired_opens_it_again",
    "test_case_13_a_second_payment_is_given_back_and_told",
    "test_case_14_a_link_whose_tags_name_another_order_buys_neither",
    "test_case_15_money_for_nothing_we_know_is_in_the_books_and_told",
    "test_case_17_the_fee_found_on_the_charge_is_posted_not_the_rule_of_today",
    "test_case_28_another_sum_or_currency_buys_nothing_and_is_kept_in_sight",
    "test_case_54_currencies_without_cents_or_with_more_keep_their_minor_units",
]
