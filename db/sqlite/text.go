package sqlite

import "strings"

// word returns the first word of a statement in upper case, past white space and comments.
func word(text string) string {
	text = text[skipBlank(text):]
	n := 0
	for n < len(text) && (text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z') {
		n++
	}
	return strings.ToUpper(text[:n])
}

// mayRead reports whether a statement may only read; the connection it is prepared on knows for sure.
func mayRead(text string) bool {
	switch word(text) {
	case "SELECT", "WITH", "VALUES", "EXPLAIN":
		return true
	}
	return false
}

// standsAlone reports whether a statement must or had better run outside of any transaction.
func standsAlone(text string) bool {
	switch word(text) {
	case "PRAGMA", "VACUUM", "ATTACH", "DETACH", "BEGIN", "SAVEPOINT":
		return true
	}
	return false
}

// endsTransaction reports whether a statement would begin or end the transaction that it runs in.
func endsTransaction(text string) bool {
	switch word(text) {
	case "BEGIN", "COMMIT", "END":
		return true
	case "ROLLBACK":
		rest := text[skipBlank(text)+len("ROLLBACK"):]
		if word(rest) == "TRANSACTION" {
			rest = rest[skipBlank(rest)+len("TRANSACTION"):]
		}
		return word(rest) != "TO"
	}
	return false
}

// blank reports whether text holds no statement.
func blank(text string) bool {
	for text != "" {
		text = text[skipBlank(text):]
		if text == "" {
			return true
		}
		if text[0] != ';' {
			return false
		}
		text = text[1:]
	}
	return true
}

// skipBlank returns the length of the white space and comments that text begins with.
func skipBlank(text string) int {
	for i := 0; i < len(text); {
		switch {
		case strings.IndexByte(" \t\r\n\f", text[i]) >= 0:
			i++
		case strings.HasPrefix(text[i:], "--"):
			i += lengthTo(text[i:], "\n")
		case strings.HasPrefix(text[i:], "/*"):
			i += 2 + lengthTo(text[i+2:], "*/")
		default:
			return i
		}
	}
	return len(text)
}

// lengthTo is the length of text up to and with the end mark, or all of it.
func lengthTo(text, end string) int {
	if i := strings.Index(text, end); i >= 0 {
		return i + len(end)
	}
	return len(text)
}

// single reports whether text holds one statement at most. A CREATE TRIGGER, whose body holds semicolons, counts as several.
func single(text string) bool {
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case ';':
			return blank(text[i:])
		case '\'', '"', '`':
			i += 1 + lengthTo(text[i+1:], string(c))
		case '[':
			i += lengthTo(text[i:], "]")
		case '-', '/':
			i += max(1, skipBlank(text[i:]))
		default:
			i++
		}
	}
	return true
}
