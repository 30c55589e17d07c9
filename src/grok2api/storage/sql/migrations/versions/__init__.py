"""The steps. One that was released is never edited; the next one mends it."""
