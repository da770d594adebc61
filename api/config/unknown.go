package config

import (
	"slices"
	"strings"
)

// refuseUnknown adds a mistake for each key of the file that is no setting.
func (l *loader) refuseUnknown(keys []string) {
	slices.Sort(keys)
	for _, key := range keys {
		if l.knows(key) {
			continue
		}
		if below := key + "."; slices.ContainsFunc(l.settings, func(s setting) bool { return strings.HasPrefix(s.Key, below) }) {
			l.wrongf("%s: %s is a group of settings, it takes no value of its own", l.viper.ConfigFileUsed(), key)
			continue
		}
		l.wrongf("%s: there is no setting %q%s", l.viper.ConfigFileUsed(), key, l.suggest(key, "", keyOf))
	}
}

func (l *loader) knows(key string) bool {
	return slices.ContainsFunc(l.settings, func(s setting) bool {
		return s.Key == key || s.group && strings.HasPrefix(key, s.Key+".")
	})
}

func keyOf(s *setting) string  { return s.Key }
func flagOf(s *setting) string { return s.Flag }

// suggest names the setting that is spelled most alike, if one is.
func (l *loader) suggest(given, prefix string, spelling func(*setting) string) string {
	best, least := "", 3
	for i := range l.settings {
		name := spelling(&l.settings[i])
		distance := edits(bare(given), bare(name))
		if distance < least && distance*2 < len(name) {
			best, least = name, distance
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + prefix + best + "?)"
}

// bare is a name without what people spell differently.
func bare(name string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(name))
}

// edits counts the letters to insert, remove or change that turn a into b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
