"""What each paper of a desk says, without any layout: `printing` makes pages of it, services fill it from the store."""
