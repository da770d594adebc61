package schema

import (
	"strings"
	"unicode"
)

// SnakeCase writes a name in lower case with underscores between its words, which begin at capital letters, spaces and hyphens:
// InvoiceLine is invoice_line, CustomerID customer_id, HTTPServer http_server. Names that are written so already stay as they are.
func SnakeCase(name string) string {
	runes := []rune(name)
	var b strings.Builder
	for i, r := range runes {
		if r == ' ' || r == '-' {
			b.WriteByte('_')
			continue
		}
		if unicode.IsUpper(r) && i > 0 && unicode.IsLetter(runes[i-1]) || unicode.IsUpper(r) && i > 0 && unicode.IsDigit(runes[i-1]) {
			begins := !unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if begins {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
