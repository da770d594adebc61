package rbac

// Remembered counts the subjects that an engine remembers.
func Remembered(e *Engine) int { return e.subjects.size() }
