{{- define "stem.name" -}}
{{ .Release.Name }}-stem
{{- end -}}
