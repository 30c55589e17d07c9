"""What outlives the process. Secrets are sealed before they come here; no backend ever sees a plain one."""
