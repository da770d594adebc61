package sqlite

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// likePattern is a compiled LIKE pattern: % is any text, _ any character, a backslash takes their meaning away. Between two percent
// signs lies a part; the parts must occur in order, the outer ones at the ends of the text.
type likePattern struct {
	fold        bool
	parts       []likePart
	open, close bool // starts with %, ends with %
}

// likePart is text without %. Bytes are compared when that is enough, else characters.
type likePart struct {
	literal []byte // nil when the part has _ or ignores case
	chars   []rune // anyChar stands for _
}

const anyChar rune = -1

// compileLike reports false when the pattern ends in a lone backslash.
func compileLike(pattern string, fold bool) (*likePattern, bool) {
	p := &likePattern{fold: fold}
	var text []byte
	var chars []rune
	loose, seen := false, false // loose: the part has a _
	flush := func() {
		if !seen {
			return
		}
		part := likePart{chars: chars}
		if !loose && !fold {
			part = likePart{literal: text}
		}
		p.parts = append(p.parts, part)
		text, chars, loose, seen = nil, nil, false, false
	}
	for i := 0; i < len(pattern); {
		r, n := utf8.DecodeRuneInString(pattern[i:])
		switch r {
		case '%':
			flush()
			p.open = p.open || i == 0
			p.close = i == len(pattern)-1
			i++
			continue
		case '_':
			chars, loose, seen = append(chars, anyChar), true, true
			i++
			continue
		case '\\':
			if i++; i == len(pattern) {
				return nil, false
			}
			r, n = utf8.DecodeRuneInString(pattern[i:])
		}
		if fold {
			r = lower(r)
		}
		text, chars, seen = append(text, pattern[i:i+n]...), append(chars, r), true
		i += n
	}
	flush()
	return p, true
}

func lower(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}
	return unicode.ToLower(r)
}

func (p *likePattern) match(text []byte) bool {
	parts := p.parts
	if len(parts) == 0 {
		return p.open || len(text) == 0
	}
	if !p.open {
		n := p.prefix(&parts[0], text)
		if n < 0 {
			return false
		}
		text, parts = text[n:], parts[1:]
		if len(parts) == 0 {
			return p.close || len(text) == 0
		}
	}
	if !p.close {
		last := &parts[len(parts)-1]
		n := p.suffix(last, text)
		if n < 0 {
			return false
		}
		text, parts = text[:n], parts[:len(parts)-1]
	}
	for i := range parts {
		n := p.find(&parts[i], text)
		if n < 0 {
			return false
		}
		text = text[n:]
	}
	return true
}

// prefix returns how many bytes of text the part matches at its start, or -1.
func (p *likePattern) prefix(part *likePart, text []byte) int {
	if part.literal != nil {
		if bytes.HasPrefix(text, part.literal) {
			return len(part.literal)
		}
		return -1
	}
	at := 0
	for _, want := range part.chars {
		if at == len(text) {
			return -1
		}
		r, n := rune(text[at]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text[at:])
		}
		if want != anyChar {
			if p.fold {
				r = lower(r)
			}
			if r != want {
				return -1
			}
		}
		at += n
	}
	return at
}

// suffix returns where the part begins that ends the text, or -1.
func (p *likePattern) suffix(part *likePart, text []byte) int {
	if part.literal != nil {
		if bytes.HasSuffix(text, part.literal) {
			return len(text) - len(part.literal)
		}
		return -1
	}
	start := len(text)
	for range part.chars {
		if start == 0 {
			return -1
		}
		_, n := utf8.DecodeLastRune(text[:start])
		start -= n
	}
	if p.prefix(part, text[start:]) != len(text)-start {
		return -1
	}
	return start
}

// find returns where the first occurrence of the part ends, or -1.
func (p *likePattern) find(part *likePart, text []byte) int {
	if part.literal != nil {
		i := bytes.Index(text, part.literal)
		if i < 0 {
			return -1
		}
		return i + len(part.literal)
	}
	for at := 0; ; {
		if n := p.prefix(part, text[at:]); n >= 0 {
			return at + n
		}
		if at == len(text) {
			return -1
		}
		_, n := utf8.DecodeRune(text[at:])
		at += n
	}
}

// cacheSize is how many compiled patterns a connection keeps.
const cacheSize = 64

// patternCache keeps compiled patterns, above all the last one: a condition uses one pattern for all its rows.
type patternCache[T any] struct {
	lastText string
	last     *T
	byText   map[string]*T
}

func (k *patternCache[T]) get(text []byte, compile func(string) (*T, error)) (*T, error) {
	if k.last != nil && k.lastText == string(text) {
		return k.last, nil
	}
	p := k.byText[string(text)]
	if p == nil {
		var err error
		key := strings.Clone(string(text))
		if p, err = compile(key); err != nil {
			return nil, err
		}
		if k.byText == nil || len(k.byText) >= cacheSize {
			k.byText = make(map[string]*T)
		}
		k.byText[key] = p
	}
	k.last, k.lastText = p, string(text)
	return p, nil
}
