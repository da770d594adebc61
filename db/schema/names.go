package schema

import (
	"strings"
	"unicode/utf8"
)

// nameLimit is the longest identifier PostgreSQL keeps, in bytes.
const nameLimit = 63

// ConstraintName is the name PostgreSQL gives a constraint that was declared without one: the table, the columns and the kind
// ("key", "fkey", "pkey", "check"), joined by underscores and shortened to 63 bytes the way PostgreSQL does. Primary keys have no
// columns in their name.
func ConstraintName(table string, columns []string, kind string) string {
	middle := strings.Join(columns, "_")
	room := nameLimit - len(kind) - 1
	if middle != "" {
		room--
	}
	for len(table)+len(middle) > room {
		if len(table) > len(middle) {
			table = clip(table)
		} else {
			middle = clip(middle)
		}
	}
	if middle == "" {
		return table + "_" + kind
	}
	return table + "_" + middle + "_" + kind
}

// clip drops the last character.
func clip(s string) string {
	_, size := utf8.DecodeLastRuneInString(s)
	return s[:len(s)-size]
}

// similar is how alike a name must be to be suggested.
const similar = 0.75

// Closest returns the candidate that is most like name, for hints in error messages; false when none is alike enough. Letter case
// does not matter, and two swapped letters are one mistake. Of equals the first wins.
func Closest(name string, candidates []string) (string, bool) {
	wanted := []rune(strings.ToLower(name))
	best, found := 0.0, ""
	for _, candidate := range candidates {
		if len(candidate) > 4*nameLimit {
			continue
		}
		if score := likeness(wanted, []rune(strings.ToLower(candidate))); score >= similar && score > best {
			best, found = score, candidate
		}
	}
	return found, best > 0
}

// likeness is 1 for equal names and 0 for names without anything in common: the share of characters that need no change.
func likeness(a, b []rune) float64 {
	longest := max(len(a), len(b))
	if longest == 0 || float64(min(len(a), len(b))) < similar*float64(longest) {
		return 0
	}
	return 1 - float64(edits(a, b))/float64(longest)
}

// edits counts the insertions, deletions, replacements and swaps of neighbours that turn a into b.
func edits(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
