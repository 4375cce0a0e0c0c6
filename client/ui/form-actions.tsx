// The end of a dialog's form: the way out first, the way on second.

interface FormActionsProps {
  readonly submit: string;
  onCancel(): void;
}

export function FormActions({ submit, onCancel }: FormActionsProps) {
  return (
    <div class="actions">
      <button type="button" value="cancel" class="first" onClick={onCancel}>
        Cancel
      </button>
      <button type="submit" class="primary">
        {submit}
      </button>
    </div>
  );
}
