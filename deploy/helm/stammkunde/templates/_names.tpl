{{- define "stammkunde.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* The labels of a role's pods that never change. Takes the root and the role. */}}
{{- define "stammkunde.selector" -}}
app.kubernetes.io/name: stammkunde
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "stammkunde.labels" -}}
{{ include "stammkunde.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "stammkunde.metadata" -}}
name: {{ include "stammkunde.name" .root }}-{{ .role }}
labels:
  {{- include "stammkunde.labels" . | nindent 2 }}
{{- end }}
