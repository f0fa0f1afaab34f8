"""Form 01 of a procedure in two stages: the second has a receipt and a due date of its own."""

from printing.documents.receipt import OFFER as RECEIPT

OFFER = RECEIPT
