"""The archive: writes what the topics hold to Parquet files, and erases people from them.

to see or change                             open
the role: its start, its stop                `run`
one life: resume, follow, erase, tidy        `session`
where a partition goes on                    `resume`
records that wait for their file             `buffers`
the names of files and folders               `file_name`
the columns, and the form of a file          `columns`, `parquet`
where files are stored                       `store`, `folder_store`, `object_store`
two processes and one place                  `sharing`
which names a record has                     `record_names`
how erased people leave the files            `erasure`, `erased_people`
old folders, and the room that files take    `retention`
reading it back, and what is wrong with it   `inspection`, `reading`
"""
