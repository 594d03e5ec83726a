"""The decoded image, its code in numbers and the original beside it."""
