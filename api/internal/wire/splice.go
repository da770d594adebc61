package wire

// maxStoredDepth bounds the nesting of stored JSON. Deeper values come out as strings.
const maxStoredDepth = 4096

// validJSON reports whether b is one JSON value.
func validJSON(b []byte) bool {
	i := valueEnd(b, space(b, 0), maxStoredDepth)
	return i >= 0 && space(b, i) == len(b)
}

// space returns the position of the first byte from i on that is not white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// valueEnd returns the position behind the JSON value that starts at i, or -1 when none does.
func valueEnd(b []byte, i, depth int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return stringEnd(b, i)
	case '{', '[':
		return containerEnd(b, i, depth-1)
	case 't':
		return wordEnd(b, i, "true")
	case 'f':
		return wordEnd(b, i, "false")
	case 'n':
		return wordEnd(b, i, "null")
	}
	return numberEnd(b, i)
}

func wordEnd(b []byte, i int, word string) int {
	if end := i + len(word); end <= len(b) && string(b[i:end]) == word {
		return end
	}
	return -1
}

// containerEnd returns the position behind the object or array that starts at i, or -1.
func containerEnd(b []byte, i, depth int) int {
	object, closing := b[i] == '{', b[i]+2 // } and ] come two behind { and [
	if i = space(b, i+1); i < len(b) && b[i] == closing {
		return i + 1
	}
	for depth > 0 {
		if object {
			if i = stringEnd(b, i); i < 0 {
				return -1
			}
			if i = space(b, i); i >= len(b) || b[i] != ':' {
				return -1
			}
			i = space(b, i+1)
		}
		if i = valueEnd(b, i, depth); i < 0 {
			return -1
		}
		if i = space(b, i); i >= len(b) {
			return -1
		}
		switch b[i] {
		case closing:
			return i + 1
		case ',':
			i = space(b, i+1)
		default:
			return -1
		}
	}
	return -1
}

// stringEnd returns the position behind the JSON string that starts at i, or -1. Bytes above ASCII are not looked at.
func stringEnd(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	for i++; i < len(b); {
		i += plain(b[i:])
		switch {
		case i >= len(b) || b[i] < ' ':
			return -1
		case b[i] == '"':
			return i + 1
		case b[i] != '\\':
			i++
		default:
			if i = escapeEnd(b, i); i < 0 {
				return -1
			}
		}
	}
	return -1
}

// escapeEnd returns the position behind the escape that starts at i, or -1.
func escapeEnd(b []byte, i int) int {
	if i+1 >= len(b) {
		return -1
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i+6 > len(b) || !isHex(b[i+2:i+6]) {
			return -1
		}
		return i + 6
	}
	return -1
}

func isHex(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

// appendStripped appends stored JSON without white space and without the keys whose value is null, at every depth. What is no JSON
// becomes a string.
func appendStripped(buf, b []byte) []byte {
	if !validJSON(b) {
		return AppendString(buf, b)
	}
	buf, _ = appendWithoutNulls(buf, b, space(b, 0))
	return buf
}

// appendWithoutNulls appends the value that starts at i and returns the position behind it. b is valid.
func appendWithoutNulls(buf, b []byte, i int) ([]byte, int) {
	if b[i] != '{' && b[i] != '[' {
		end := valueEnd(b, i, 1)
		return append(buf, b[i:end]...), end
	}
	object, closing := b[i] == '{', b[i]+2
	buf = append(buf, b[i])
	first := true
	for i = space(b, i+1); b[i] != closing; i = space(b, i) {
		if b[i] == ',' {
			i++
			continue
		}
		start := i
		if object {
			i = stringEnd(b, i)
			key := b[start:i]
			i = space(b, space(b, i)+1) // over the colon
			if b[i] == 'n' {
				i += len("null")
				continue
			}
			buf = append(append(appendComma(buf, first), key...), ':')
		} else {
			buf = appendComma(buf, first)
		}
		first = false
		buf, i = appendWithoutNulls(buf, b, i)
	}
	return append(buf, closing), i + 1
}

func appendComma(buf []byte, first bool) []byte {
	if first {
		return buf
	}
	return append(buf, ',')
}
