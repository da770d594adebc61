package filter

import (
	"unicode"
	"unicode/utf8"
)

// like reports whether text matches a LIKE pattern: % is any text, _ any character, a backslash makes the next character ordinary. It
// takes at most the product of both lengths in time.
func like(pattern, text string, fold bool) bool {
	backPattern, backText := "", ""
	canGoBack := false
	for text != "" || pattern != "" {
		if rest, ok := likeStep(pattern, text, fold); ok {
			pattern, text = rest.pattern, rest.text
			continue
		}
		if pattern != "" && pattern[0] == '%' {
			pattern = pattern[1:]
			backPattern, backText, canGoBack = pattern, text, true
			continue
		}
		if !canGoBack || backText == "" {
			return false
		}
		_, size := utf8.DecodeRuneInString(backText)
		backText = backText[size:]
		pattern, text = backPattern, backText
	}
	return true
}

type likeRest struct{ pattern, text string }

// likeStep matches one character of the pattern with one of the text.
func likeStep(pattern, text string, fold bool) (likeRest, bool) {
	if pattern == "" || text == "" || pattern[0] == '%' {
		return likeRest{}, false
	}
	got, size := utf8.DecodeRuneInString(text)
	want, length := utf8.DecodeRuneInString(pattern)
	rest := likeRest{pattern[length:], text[size:]}
	if want == '_' {
		return rest, true
	}
	if want == '\\' && rest.pattern != "" {
		want, length = utf8.DecodeRuneInString(rest.pattern)
		rest.pattern = rest.pattern[length:]
	}
	return rest, want == got || fold && unicode.ToLower(want) == unicode.ToLower(got)
}
