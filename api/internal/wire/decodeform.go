package wire

import (
	"net/url"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/schema"
)

// DecodeForm reads one row from a form: every value is text, an empty form is a row of defaults.
func DecodeForm(body []byte, table *schema.Table, opt DecodeOptions) (*Rows, error) {
	t, err := newTarget(table, opt)
	if err != nil {
		return nil, err
	}
	var keys, values []string
	for pair := range strings.SplitSeq(string(body), "&") {
		if pair == "" {
			continue
		}
		if len(keys) == t.opt.MaxKeys {
			return nil, tooManyKeys(t.opt.MaxKeys)
		}
		key, value, _ := strings.Cut(pair, "=")
		if key, err = formText(key); err != nil {
			return nil, err
		}
		if value, err = formText(value); err != nil {
			return nil, err
		}
		keys, values = append(keys, key), append(values, value)
	}
	slots, err := t.header(keys)
	if err != nil {
		return nil, err
	}
	row := t.row()
	for i, slot := range slots {
		if slot >= 0 {
			row[slot] = Cell{State: Set, Text: values[i]}
		}
	}
	return &t.rows, nil
}

// formText decodes a key or a value.
func formText(escaped string) (string, error) {
	text, err := url.QueryUnescape(escaped)
	if err != nil {
		return "", formError("It has a bad percent escape.")
	}
	if err := plainText(text); err != nil {
		return "", formError("It holds text that is not UTF-8, or NUL.")
	}
	return text, nil
}

func formError(details string) *fault.Error {
	e := fault.Body("Invalid form")
	e.Details = details
	return e
}
