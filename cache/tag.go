package cache

import (
	"encoding"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Tag names something that an entry was made from. [Cache.Invalidate] with the same tag drops the entry. Tags are values, compared
// with ==; the zero Tag names nothing and is ignored.
type Tag struct{ canonical string }

// Resource is everything made from a resource, such as a table.
func Resource(name string) Tag { return newTag('r', name) }

// Row is what was made from one row, named by its primary key. Keys are compared as text, so 5 and "5" are the same row.
func Row(name string, pk ...any) Tag {
	parts := make([]string, 0, len(pk)+1)
	parts = append(parts, name)
	for _, value := range pk {
		parts = append(parts, tagText(value))
	}
	return newTag('i', parts...)
}

// Set is lists and aggregates over a whole resource.
func Set(name string) Tag { return newTag('s', name) }

// Part is lists of a resource that hold only rows whose column has the value. Values are compared as text.
func Part(name, column string, value any) Tag { return newTag('p', name, column, tagText(value)) }

// Custom is a tag with a meaning of the program's own. It never equals one of another kind.
func Custom(name string, parts ...string) Tag {
	return newTag('c', append([]string{name}, parts...)...)
}

// Subject is every entry stored under [ForSubject] of the principal.
func Subject(p Principal) Tag { return subjectTag(p.CacheTenant(), p.CacheSubject()) }

func subjectTag(tenant, subject string) Tag { return newTag('u', tenant, subject) }

// pathTag is carried by the answers of the middleware to one path.
func pathTag(escapedPath string) Tag { return newTag('l', escapedPath) }

func newTag(kind byte, parts ...string) Tag {
	size := 1
	for _, part := range parts {
		size += len(part) + 2
	}
	canonical := append(make([]byte, 0, size), kind)
	for _, part := range parts {
		canonical = appendField(canonical, part)
	}
	return Tag{string(canonical)}
}

// String is the tag for people to read.
func (t Tag) String() string { return strconv.QuoteToASCII(t.canonical) }

// MarshalText gives the bytes that [Tag.UnmarshalText] reads in another process. They are not meant for people.
func (t Tag) MarshalText() ([]byte, error) {
	return []byte(strconv.QuoteToASCII(t.canonical)), nil
}

// UnmarshalText reads what [Tag.MarshalText] gave.
func (t *Tag) UnmarshalText(text []byte) error {
	canonical, err := strconv.Unquote(string(text))
	if err != nil || canonical == "" {
		return errTagText
	}
	t.canonical = canonical
	return nil
}

var errTagText = errors.New("cache: not the text of a tag")

func tagText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case encoding.TextMarshaler:
		if text, err := v.MarshalText(); err == nil {
			return string(text)
		}
	}
	return fmt.Sprint(value)
}
