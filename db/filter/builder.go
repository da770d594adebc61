package filter

import (
	"strconv"

	"github.com/uptrace/bun/dialect"
)

// Builder collects SQL text and its bound arguments. Values enter a statement only through [Builder.Arg], names only through
// [Builder.Ident] and [Builder.Literal]; text from a request never enters the statement. The zero value is unusable: set
// Dialect. A Builder may be reset and used again; it is not safe for concurrent use.
type Builder struct {
	Dialect dialect.Name
	Buf     []byte
	Args    []any
}

// Reset empties the builder and keeps its memory.
func (b *Builder) Reset() {
	clear(b.Args)
	b.Buf, b.Args = b.Buf[:0], b.Args[:0]
}

// Raw appends fixed SQL text. It must not depend on a request's values.
func (b *Builder) Raw(sql string) *Builder {
	b.Buf = append(b.Buf, sql...)
	return b
}

// Arg binds v and appends its placeholder: $n on PostgreSQL, ?n on SQLite.
func (b *Builder) Arg(v any) *Builder {
	return b.place(b.bind(v))
}

// Ident appends a quoted identifier; a quote in the name is doubled. A NUL byte ends the name.
func (b *Builder) Ident(name string) *Builder {
	b.Buf = appendQuoted(b.Buf, name, '"')
	return b
}

// Literal appends a quoted string literal for names that SQL wants as text (JSON keys of an answer, constraint names). Values
// never take this way: see [Builder.Arg].
func (b *Builder) Literal(s string) *Builder {
	b.Buf = appendQuoted(b.Buf, s, '\'')
	return b
}

// Column appends alias."column", or the bare column when alias is empty.
func (b *Builder) Column(alias, column string) *Builder {
	if alias != "" {
		b.Ident(alias).Raw(".")
	}
	return b.Ident(column)
}

func appendQuoted(buf []byte, s string, quote byte) []byte {
	buf = append(buf, quote)
	for i := range len(s) {
		switch s[i] {
		case 0:
			return append(buf, quote)
		case quote:
			buf = append(buf, quote)
		}
		buf = append(buf, s[i])
	}
	return append(buf, quote)
}

// bind adds an argument without text, for arguments that stand in several places; [Builder.place] appends its placeholder.
func (b *Builder) bind(v any) int {
	b.Args = append(b.Args, v)
	return len(b.Args)
}

func (b *Builder) place(n int) *Builder {
	sign := byte('?')
	if b.Dialect == dialect.PG {
		sign = '$'
	}
	b.Buf = strconv.AppendInt(append(b.Buf, sign), int64(n), 10)
	return b
}
