package wire

import (
	"fmt"
	"strings"

	"github.com/groundwork-go/groundwork/api/internal/fault"
	"github.com/groundwork-go/groundwork/db/schema"
)

// DecodeCSV reads a header line of column names and a row from each line behind it. An empty field is an empty text, NULL is null;
// fields may stand between quotes, with the quotes in them doubled. Every line must have as many fields as the header.
func DecodeCSV(body []byte, table *schema.Table, opt DecodeOptions) (*Rows, error) {
	t, err := newTarget(table, opt)
	if err != nil {
		return nil, err
	}
	text := string(body)
	if err := plainText(text); err != nil {
		return nil, csvError("It holds text that is not UTF-8, or NUL.")
	}
	if text == "" {
		return nil, csvError("The header line is missing.")
	}
	r := csvReader{text: strings.TrimPrefix(text, "\uFEFF"), limit: t.opt.MaxKeys}
	keys, err := r.line(nil)
	if err != nil {
		return nil, err
	}
	slots, err := t.header(keys)
	if err != nil {
		return nil, err
	}
	t.rows.Array = true
	fields := make([]string, 0, len(keys))
	for r.text != "" {
		if fields, err = r.line(fields[:0]); err != nil {
			return nil, err
		}
		if len(fields) != len(slots) {
			return nil, fault.Body("All lines must have same number of fields")
		}
		row := t.row()
		for i, slot := range slots {
			if slot >= 0 {
				row[slot] = csvCell(fields[i])
			}
		}
	}
	return &t.rows, nil
}

func csvCell(field string) Cell {
	if field == "NULL" {
		return Cell{State: Null}
	}
	return Cell{State: Set, Text: field}
}

// csvReader takes a text apart, line by line.
type csvReader struct {
	text  string // what is left
	lines int
	limit int
}

// line reads one line and appends its fields.
func (r *csvReader) line(fields []string) ([]string, error) {
	r.lines++
	for {
		if len(fields) == r.limit {
			return nil, tooManyKeys(r.limit)
		}
		field, err := r.field()
		if err != nil {
			return nil, err
		}
		fields = append(fields, field)
		switch {
		case strings.HasPrefix(r.text, ","):
			r.text = r.text[1:]
		case r.text == "":
			return fields, nil
		default: // the end of the line
			r.text = strings.TrimPrefix(strings.TrimPrefix(r.text, "\r"), "\n")
			return fields, nil
		}
	}
}

// field reads up to the comma or the end of the line.
func (r *csvReader) field() (string, error) {
	if !strings.HasPrefix(r.text, `"`) {
		end := strings.IndexAny(r.text, ",\r\n")
		if end < 0 {
			end = len(r.text)
		}
		field := r.text[:end]
		if strings.Contains(field, `"`) {
			return "", csvError(fmt.Sprintf("Line %d has a quote inside a field without quotes.", r.lines))
		}
		r.text = r.text[end:]
		return field, nil
	}
	var parts strings.Builder
	for rest := r.text[1:]; ; {
		end := strings.IndexByte(rest, '"')
		if end < 0 {
			return "", csvError(fmt.Sprintf("Line %d has a quote that is never closed.", r.lines))
		}
		parts.WriteString(rest[:end])
		if rest = rest[end+1:]; strings.HasPrefix(rest, `"`) {
			parts.WriteByte('"')
			rest = rest[1:]
			continue
		}
		if rest != "" && rest[0] != ',' && rest[0] != '\r' && rest[0] != '\n' {
			return "", csvError(fmt.Sprintf("Line %d has text behind a closing quote.", r.lines))
		}
		r.text = rest
		return parts.String(), nil
	}
}

func csvError(details string) *fault.Error {
	e := fault.Body("Empty or invalid csv")
	e.Details = details
	return e
}
