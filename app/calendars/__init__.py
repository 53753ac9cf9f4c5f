"""The calendar's editions: who announced which days, who entered and who confirmed them, and the book they make."""
